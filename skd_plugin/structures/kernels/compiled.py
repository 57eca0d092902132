"""The way to the compiled kernels: tensors of any device to numpy arrays, and what is found back to where they were."""

from __future__ import annotations

from typing import Callable

import numpy as np
import torch
from torch import Tensor


def on_cpu(kernel: Callable[..., tuple[np.ndarray, ...]], potentials: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
    """`kernel(potentials, lengths)`, whose arrays come back as tensors."""
    found = kernel(potentials.detach().cpu().contiguous().numpy(), lengths.cpu().numpy())
    return tuple(torch.from_numpy(array).to(potentials.device) for array in found)


def decoded_on_cpu(kernel: Callable[..., np.ndarray], potentials: Tensor, lengths: Tensor) -> Tensor:
    """The same for a kernel that gives one array."""
    return on_cpu(lambda *given: (kernel(*given),), potentials, lengths)[0]
