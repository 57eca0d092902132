"""Shows progress bars on the screen and writes all other output to a log file."""

import logging
import shutil
import sys
from contextlib import ExitStack, contextmanager, redirect_stdout
from functools import partialmethod
from pathlib import Path
from typing import Iterator, TextIO

from tqdm import tqdm


@contextmanager
def redirect_output(log: Path) -> Iterator[None]:
    """Append all prints, logs and warnings to `log`. Finished progress bars disappear from the screen."""
    with ExitStack() as stack:
        file = stack.enter_context(log.open("a", encoding="utf-8"))
        stack.enter_context(redirect_stdout(file))
        stack.enter_context(_redirect_logging(file))
        stack.enter_context(_hide_finished_bars())
        yield


@contextmanager
def _redirect_logging(file: TextIO) -> Iterator[None]:
    """Log to the file, and restore the root logger and the hook for uncaught exceptions, which AllenNLP changes."""
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
def _hide_finished_bars() -> Iterator[None]:
    # AllenNLP makes two bars per epoch. All would stay, appear even without a terminal, and be wider than it.
    init = tqdm.__init__
    width = shutil.get_terminal_size().columns
    tqdm.__init__ = partialmethod(init, leave=False, disable=not sys.stderr.isatty(), ncols=width)
    try:
        yield
    finally:
        tqdm.__init__ = init
