"""How kernels are compiled, and the way to them: tensors of any device to numpy arrays, and the results back."""

from __future__ import annotations

from typing import Callable

import numpy as np
import torch
from numba import njit
from torch import Tensor

# For loops over scalars, whose sums LLVM may reorder to vectorize them. Array expressions would take numba seconds to
# compile. "nsz" is left out of the fast-math flags: with it, code from numba's cache differs in its last bits from code
# that was just compiled.
compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "arcp"})

# For decoding, where a score that is computed twice must be the same number twice, and −∞ is a score.
compiled_strictly = njit(cache=True, nogil=True)


def on_cpu(kernel: Callable[..., tuple[np.ndarray, ...]], potentials: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
    """`kernel(potentials, lengths)` on numpy arrays; its results as tensors on the device of the potentials."""
    arrays = kernel(potentials.detach().cpu().contiguous().numpy(), lengths.cpu().numpy())
    return tuple(torch.from_numpy(array).to(potentials.device) for array in arrays)


def one_on_cpu(kernel: Callable[..., np.ndarray], potentials: Tensor, lengths: Tensor) -> Tensor:
    """`on_cpu` for a kernel that returns one array."""
    return on_cpu(lambda *arrays: (kernel(*arrays),), potentials, lengths)[0]
