"""AllenNLP's commands in this process, as the `allennlp` program runs them, and documents' commands line by line."""

import json
import logging
import os
import shlex
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterable, Iterator, Mapping
from unittest.mock import patch

from allennlp.commands import main


def allennlp(*arguments: Any) -> None:
    with logging_as_before(), patch.object(sys, "argv", ["allennlp", *map(str, arguments)]):
        main()


def follow(commands: Iterable[str], changes: Mapping[str, Dict[str, Any]]) -> None:
    """
    Runs the commands of a document in the current folder, or where `cd` leads, which the caller has to undo.

    `changes` has the overrides of what `allennlp train` trains, by `project/config`, or `project` for all its configs,
    and those of other commands that train by `project/command`.
    """
    for command in commands:
        program, *arguments = shlex.split(command)
        if program == "cd":
            os.chdir(*arguments)
        elif program != "allennlp":
            subprocess.run(command, shell=True, check=True)
        elif arguments[0] == "train":
            project = Path.cwd().name
            overrides = changes.get(project) or changes[f"{project}/{arguments[1]}"]
            allennlp(*arguments, "-o", json.dumps(overrides))
        else:
            overrides = changes.get(f"{Path.cwd().name}/{arguments[0]}")
            allennlp(*arguments, *(["-o", json.dumps(overrides)] if overrides else []))


@contextmanager
def logging_as_before() -> Iterator[None]:
    """Training replaces the root logger's handlers; afterwards they are there again."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers, root.level = handlers, level
