"""`allennlp find-lr` with the loss that training will have. Importing this module changes the command.

The command runs training batches without starting the trainer's callbacks. A callback that changes the loss, such as
`skd_distiller`, would therefore be left out, and the curve would be that of another loss.
"""

import functools
import logging
from importlib.util import find_spec
from typing import Any, List, Protocol, Tuple, runtime_checkable

from allennlp.commands import find_learning_rate
from allennlp.common.checks import ConfigurationError
from allennlp.training import GradientDescentTrainer

logger = logging.getLogger(__name__)


@runtime_checkable
class ChangesLoss(Protocol):
    """A trainer callback that changes the loss of the trainer's model."""

    def change_loss(self, trainer: GradientDescentTrainer) -> None: ...

    def restore_loss(self, trainer: GradientDescentTrainer) -> None: ...


_search = find_learning_rate.search_learning_rate


@functools.wraps(_search)
def search_learning_rate(trainer: GradientDescentTrainer, *args: Any, **kwargs: Any) -> Tuple[List[float], List[float]]:
    """AllenNLP's function of this name, with the loss at the beginning of training."""
    if find_spec("matplotlib") is None:  # before the search, which would be lost
        raise ConfigurationError(
            "`allennlp find-lr` draws the losses with matplotlib, which is not installed. Run: pip install matplotlib"
        )
    callbacks = [callback for callback in trainer._callbacks if isinstance(callback, ChangesLoss)]
    for callback in callbacks:
        logger.info("The search uses the loss of %s at the beginning of training", type(callback).__name__)
        callback.change_loss(trainer)
    try:
        return _search(trainer, *args, **kwargs)
    finally:
        for callback in callbacks:
            callback.restore_loss(trainer)


find_learning_rate.search_learning_rate = search_learning_rate
