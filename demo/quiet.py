"""Progress bars on the screen, everything else in a log file."""

import logging
import shutil
import sys
from contextlib import ExitStack, contextmanager, redirect_stdout
from functools import partialmethod
from pathlib import Path
from typing import Iterator, TextIO

from tqdm import tqdm


@contextmanager
def quiet(log: Path) -> Iterator[None]:
    """Send what is printed, logged or warned of to the end of `log`; finished progress bars leave the screen."""
    with ExitStack() as stack:
        file = stack.enter_context(log.open("a", encoding="utf-8"))
        stack.enter_context(redirect_stdout(file))
        stack.enter_context(_logging_to(file))
        stack.enter_context(_passing_bars())
        yield


@contextmanager
def _logging_to(file: TextIO) -> Iterator[None]:
    """Log to the file, and undo what AllenNLP does to the root logger and the hook for uncaught exceptions."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = list(root.handlers), root.level
    root.handlers[:] = [logging.StreamHandler(file)]
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = handlers
        root.setLevel(level)
        sys.excepthook = hook


@contextmanager
def _passing_bars() -> Iterator[None]:
    # AllenNLP makes two bars an epoch, which would all stay, show without a terminal, and be wider than it.
    init = tqdm.__init__
    width = shutil.get_terminal_size().columns
    tqdm.__init__ = partialmethod(init, leave=False, disable=not sys.stderr.isatty(), ncols=width)
    try:
        yield
    finally:
        tqdm.__init__ = init
