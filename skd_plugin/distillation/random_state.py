"""Random numbers across interruptions: AllenNLP's checkpoints leave out torch's generators, so dropout would differ after `-r`."""

import random
from contextlib import contextmanager
from typing import Any, Dict, Iterator

import numpy
import torch


@contextmanager
def preserved_randomness() -> Iterator[None]:
    """What runs inside draws random numbers without changing those drawn after it."""
    python, arrays = random.getstate(), numpy.random.get_state()
    with torch.random.fork_rng():
        yield
    random.setstate(python)
    numpy.random.set_state(arrays)


def torch_state() -> Dict[str, Any]:
    """The state of torch's generators, as tensors."""
    return {
        "cpu": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def restore_at_next_forward(model: torch.nn.Module, state: Dict[str, Any]) -> None:
    """Sets the generators just before `model` next runs: the trainer replays the batches it skips only after `on_start`."""

    def restore(*_: Any) -> None:
        handle.remove()
        torch.set_rng_state(state["cpu"])
        if state["cuda"]:
            torch.cuda.set_rng_state_all(state["cuda"])

    handle = model.register_forward_pre_hook(restore)
