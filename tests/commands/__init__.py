"""AllenNLP's commands in this process, as the `allennlp` program runs them."""

import logging
import sys
from typing import Any
from unittest.mock import patch

from allennlp.commands import main


def allennlp(*arguments: Any) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        with patch.object(sys, "argv", ["allennlp", *map(str, arguments)]):
            main()
    finally:
        # `allennlp train` replaces the root logger's handlers.
        root.handlers, root.level = handlers, level
