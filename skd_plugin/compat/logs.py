"""
Keeps details out of what AllenNLP logs: every option of a configuration, every parameter, the numbers in a batch.

A training still writes them to `out.log`, but no `allennlp` command writes them to the screen. They are also left out
where a saved model is loaded. The variable `ALLENNLP_DEBUG` of the environment shows them everywhere.
"""

import functools
import logging
import os
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Callable, Iterator, List

from allennlp.common import logging as allennlp_logging

from skd_plugin.compat.environment import is_allennlp_command

DETAILED = ("allennlp.common.params", "allennlp.nn.initializers", "allennlp.data.vocabulary")
"""The loggers that write nothing but details at the level INFO."""

DETAILED_FUNCTIONS = ("log_frozen_and_tunable_parameter_names", "_log_fields")
"""The functions that write nothing but details, to loggers that have more to say."""

OF_EPOCHS = (
    "allennlp.training.gradient_descent_trainer",
    "allennlp.training.callbacks.console_logger",
    "allennlp.training.checkpointer",
)
"""The loggers that say of each epoch that it begins, what memory it takes, and all of its metrics."""

_HIDDEN: ContextVar[bool] = ContextVar("skd_details_are_hidden", default=False)


@contextmanager
def without_details() -> Iterator[None]:
    """Inside, in this thread, the loggers of details write only warnings and errors."""
    token = _HIDDEN.set(not os.environ.get("ALLENNLP_DEBUG"))
    try:
        yield
    finally:
        _HIDDEN.reset(token)


def _is_detail(record: logging.LogRecord) -> bool:
    is_one = record.name in DETAILED or (record.funcName in DETAILED_FUNCTIONS and record.name.startswith("allennlp."))
    return is_one and record.levelno <= logging.INFO


def _show_in_thread(record: logging.LogRecord) -> bool:
    return not (_HIDDEN.get() and _is_detail(record))


def _show_on_screen(record: logging.LogRecord) -> bool:
    return not _is_detail(record)


def _quieten_loading() -> None:
    for name in DETAILED:
        logging.getLogger(name).addFilter(_show_in_thread)


def _quieten_training() -> None:
    """Wraps the function in which a training replaces all handlers."""
    prepare = allennlp_logging.prepare_global_logging

    @functools.wraps(prepare)
    def prepare_global_logging(*arguments: Any, **options: Any) -> None:
        prepare(*arguments, **options)
        _quieten_screen()

    allennlp_logging.prepare_global_logging = prepare_global_logging


def hide_epochs_on_screen() -> Callable[[], None]:
    """
    Leaves what AllenNLP says of each epoch to the log file, because somebody says it in one line. Progress bars stay.

    Returns a function that ends this.
    """
    screens = _screens()
    for screen in screens:
        screen.addFilter(_is_not_of_epoch)

    def show() -> None:
        for screen in screens:
            screen.removeFilter(_is_not_of_epoch)

    return show


def _is_not_of_epoch(record: logging.LogRecord) -> bool:
    is_one = record.name in OF_EPOCHS and record.levelno <= logging.INFO
    return not is_one or record.getMessage().startswith("Ran out of patience")


def _quieten_screen() -> None:
    for screen in _screens():
        screen.addFilter(_show_on_screen)


def _screens() -> List[logging.Handler]:
    """The handlers that write to the screen; none if everything is to be shown there."""
    handlers = [] if os.environ.get("ALLENNLP_DEBUG") else logging.getLogger().handlers
    return [
        handler
        for handler in handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream in (sys.stdout, sys.stderr)
    ]


_quieten_loading()
_quieten_training()
if is_allennlp_command():  # AllenNLP has made its handlers before it imports plugins
    _quieten_screen()
