"""AllenNLP's commands in this process, as the `allennlp` program runs them."""

import logging
import sys
from contextlib import contextmanager
from typing import Any, Iterator
from unittest.mock import patch

from allennlp.commands import main


def allennlp(*arguments: Any) -> None:
    with logging_as_before(), patch.object(sys, "argv", ["allennlp", *map(str, arguments)]):
        main()


@contextmanager
def logging_as_before() -> Iterator[None]:
    """Training replaces the root logger's handlers; afterwards they are there again."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers, root.level = handlers, level
