"""The compiler's settings for kernels, and their call with tensors of any device, which become numpy arrays."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import torch
from numba import njit
from torch import Tensor

from skd_plugin.structures.kernels.cache import with_cache

# For loops over scalars, whose sums LLVM may reorder to vectorize them. Kernels avoid array expressions, which take
# numba seconds to compile. "nsz" is not among the fast-math flags, because with it code from numba's cache differs in
# its last bits from code that was just compiled. A loop that adds up a sum stores nothing: of a loop that stores, LLVM
# makes a scalar version too, for arrays that lie close to each other, so that the sum's last bits would depend on
# where the arrays are.
_FAST = njit(nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "arcp"})

# For decoding, where a score that is computed twice must be the same number both times, and −∞ is a legal score.
_STRICT = njit(nogil=True)


def compiled(kernel: Callable[..., Any]) -> Any:
    """Compiles a kernel, with sums in any order, when it is first called with arguments of some types."""
    return with_cache(_FAST(kernel))


def compiled_strictly(kernel: Callable[..., Any]) -> Any:
    """Compiles a kernel, with its operations as they are written."""
    return with_cache(_STRICT(kernel))


def on_cpu(kernel: Callable[..., tuple[np.ndarray, ...]], potentials: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
    """Calls `kernel(potentials, lengths)` on numpy arrays, and returns tensors on the device of the potentials."""
    arrays = kernel(potentials.detach().cpu().contiguous().numpy(), lengths.cpu().numpy())
    return tuple(torch.from_numpy(array).to(potentials.device) for array in arrays)


def one_on_cpu(kernel: Callable[..., np.ndarray], potentials: Tensor, lengths: Tensor) -> Tensor:
    """Calls a kernel that returns one array, as `on_cpu` does."""
    return on_cpu(lambda *arrays: (kernel(*arrays),), potentials, lengths)[0]
