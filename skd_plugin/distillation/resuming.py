"""Random numbers across interruptions: AllenNLP's checkpoints leave them out, so `-r` would shuffle otherwise."""

import random
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, final

import numpy
import torch
import torch.distributed
from allennlp.common.util import is_distributed
from allennlp.training import GradientDescentTrainer


@contextmanager
def preserved_randomness() -> Iterator[None]:
    """What runs inside draws random numbers without changing those drawn after it."""
    python, arrays = random.getstate(), numpy.random.get_state()
    with torch.random.fork_rng():
        yield
    random.setstate(python)
    numpy.random.set_state(arrays)


@final
class RandomState:
    """
    The generators of all processes, as they were when a checkpoint was written.

    The trainer replays the batches that it skips, so torch's generators (dropout) are set just before the first forward
    that is no replay. Those of Python and numpy shuffle the data, also the data of validation, which is not replayed:
    they are set at the beginning of each epoch. All processes must record together.
    """

    def __init__(self) -> None:
        self._of_torch: List[Any] = []
        self._of_python: Dict[int, List[Any]] = {}

    def record_batch(self) -> None:
        """Between the forward of a batch and its checkpoint."""
        self._of_torch = _in_all_processes(_torch_state())

    def record_epoch(self, epoch: int) -> None:
        """At the end of an epoch, after validation."""
        self._of_python[epoch + 1] = _in_all_processes(_python_state())

    def state_dict(self) -> Dict[str, Any]:
        return {"torch": self._of_torch, "python": self._of_python}

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._of_torch, self._of_python = state_dict["torch"], state_dict["python"]

    def restore_during(self, trainer: GradientDescentTrainer) -> None:
        """Sets the generators at the right moments of a resumed run."""
        if self._of_torch:
            _once_before_forward(trainer.model, lambda: _set_torch_state(_own(self._of_torch)))
        if self._of_python:
            self._restore_at_epochs(trainer, dict(self._of_python))

    @staticmethod
    def _restore_at_epochs(trainer: GradientDescentTrainer, recorded: Dict[int, List[Any]]) -> None:
        train_epoch = trainer._train_epoch

        def restore_and_train(epoch: int) -> Dict[str, float]:
            if epoch in recorded:
                _set_python_state(_own(recorded[epoch]))
            return train_epoch(epoch)

        # No callback is called at the beginning of an epoch.
        trainer._train_epoch = restore_and_train  # type: ignore[method-assign]


def _in_all_processes(state: Any) -> List[Any]:
    """In the order of their ranks."""
    if not is_distributed():
        return [state]
    states: List[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(states, state)
    return states


def _own(states: List[Any]) -> Any:
    return states[torch.distributed.get_rank() if is_distributed() else 0]


def _torch_state() -> Dict[str, Any]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"cpu": torch.get_rng_state(), "cuda": cuda}


def _set_torch_state(state: Dict[str, Any]) -> None:
    torch.set_rng_state(state["cpu"])
    if state["cuda"]:
        torch.cuda.set_rng_state_all(state["cuda"])


def _python_state() -> Dict[str, Any]:
    """As plain Python, which is all that a checkpoint may hold."""
    arrays = numpy.random.get_state(legacy=False)
    arrays["state"]["key"] = arrays["state"]["key"].tolist()
    return {"python": random.getstate(), "numpy": arrays}


def _set_python_state(state: Dict[str, Any]) -> None:
    random.setstate(state["python"])
    numpy.random.set_state(state["numpy"])


def _once_before_forward(model: torch.nn.Module, action: Callable[[], None]) -> None:
    def act(*_: Any) -> None:
        handle.remove()
        action()

    handle = model.register_forward_pre_hook(act)
