"""The state of the random number generators: left untouched by a block of code, or recorded and restored later."""

import random
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, final

import numpy as np
import torch
import torch.distributed
from allennlp.common.util import is_distributed
from allennlp.training import GradientDescentTrainer


@contextmanager
def preserved_randomness() -> Iterator[None]:
    """The random numbers drawn in the block do not change those drawn after it."""
    python_state, numpy_state = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        yield
    random.setstate(python_state)
    np.random.set_state(numpy_state)


@final
class RandomState:
    """
    The generators' state in all processes at the time of a checkpoint, which a resumed run restores.

    A resumed run does not start in the middle. The trainer begins at the first epoch and skips the batches that are
    done, reading their data without a forward pass. Hence two moments of restoring:

    - Torch's generators serve dropout. They are restored right before the first forward pass.
    - Those of Python and numpy shuffle the data. They are restored at the beginning of each epoch, because the data of
      validation are shuffled too, and validation is not repeated.

    All processes must record together.
    """

    def __init__(self) -> None:
        self._torch_states: List[Any] = []
        self._python_states: Dict[int, List[Any]] = {}

    def record_batch(self) -> None:
        """To be called between the forward pass of a batch and its checkpoint."""
        self._torch_states = _gathered(_torch_state())

    def record_epoch(self, epoch: int) -> None:
        """To be called at the end of an epoch, after validation."""
        self._python_states[epoch + 1] = _gathered(_python_state())

    def state_dict(self) -> Dict[str, Any]:
        return {"torch": self._torch_states, "python": self._python_states}

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        self._torch_states, self._python_states = state_dict["torch"], state_dict["python"]

    def restore_during(self, trainer: GradientDescentTrainer) -> None:
        """Restores the loaded state while the trainer catches up with the checkpoint. To be called at its start."""
        if self._torch_states:
            _once_before_forward(trainer.model, lambda: _set_torch_state(_of_this_process(self._torch_states)))
        if self._python_states:
            self._restore_at_epochs(trainer, dict(self._python_states))

    @staticmethod
    def _restore_at_epochs(trainer: GradientDescentTrainer, recorded: Dict[int, List[Any]]) -> None:
        train_epoch = trainer._train_epoch

        def restore_and_train(epoch: int) -> Dict[str, float]:
            if epoch in recorded:
                _set_python_state(_of_this_process(recorded[epoch]))
            return train_epoch(epoch)

        # The trainer calls no callback at the beginning of an epoch.
        trainer._train_epoch = restore_and_train  # type: ignore[method-assign]


def _gathered(state: Any) -> List[Any]:
    """The states of all processes, by rank."""
    if not is_distributed():
        return [state]
    states: List[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(states, state)
    return states


def _of_this_process(states: List[Any]) -> Any:
    return states[torch.distributed.get_rank() if is_distributed() else 0]


def _torch_state() -> Dict[str, Any]:
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"cpu": torch.get_rng_state(), "cuda": cuda}


def _set_torch_state(state: Dict[str, Any]) -> None:
    torch.set_rng_state(state["cpu"])
    if state["cuda"]:
        torch.cuda.set_rng_state_all(state["cuda"])


def _python_state() -> Dict[str, Any]:
    """The state as lists and numbers: checkpoints are loaded by a restricted unpickler, which refuses arrays."""
    numpy_state = np.random.get_state(legacy=False)
    numpy_state["state"]["key"] = numpy_state["state"]["key"].tolist()
    return {"python": random.getstate(), "numpy": numpy_state}


def _set_python_state(state: Dict[str, Any]) -> None:
    random.setstate(state["python"])
    np.random.set_state(state["numpy"])


def _once_before_forward(model: torch.nn.Module, action: Callable[[], None]) -> None:
    def act_and_leave(*_: Any) -> None:
        handle.remove()
        action()

    handle = model.register_forward_pre_hook(act_and_leave)
