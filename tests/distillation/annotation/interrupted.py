"""
`allennlp skd-annotate` that is killed at a certain sentence: first the worker that reads it, then the command itself.

It is a program, which the processes of its workers import, with the environment variable FOLDER.
"""

import os
import signal
import sys
import time
from pathlib import Path

from skd_plugin.compat import import_hook

import_hook.install()

from allennlp.commands import main  # noqa: E402

from skd_plugin.distillation import ArchivedModel  # noqa: E402

FOLDER = "INTERRUPTED"
KILL = ("kill",)


factorize = ArchivedModel.factorize


def interrupted(model, sentences):
    """Leaves a file for each process that has read, and for each kill."""
    folder = Path(os.environ[FOLDER])
    (folder / f"process-{os.getpid()}").touch()
    if KILL in sentences:
        parent = os.getppid()
        is_second = (folder / "killed").exists()
        (folder / "killed").touch()
        os.kill(parent if is_second else os.getpid(), signal.SIGKILL)
        while os.getppid() == parent:
            time.sleep(0.01)
    return factorize(model, sentences)


if FOLDER in os.environ:
    ArchivedModel.factorize = interrupted

if __name__ == "__main__":
    sys.argv[0] = "allennlp"
    main()
