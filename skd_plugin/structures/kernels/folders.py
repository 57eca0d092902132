"""Where compiled kernels are kept."""

from __future__ import annotations

from pathlib import Path

from skd_plugin.structures.kernels.chains import forward_backward_numba
from skd_plugin.structures.kernels.spans import inside_outside_numba
from skd_plugin.structures.kernels.trees import matrix_tree_numba


def kernel_folders() -> list[Path]:
    """
    The folders in which numba keeps compiled kernels, those of chains, spans and trees. There are none where nothing
    can be kept, or where numba compiles nothing.
    """
    modules = (forward_backward_numba, inside_outside_numba, matrix_tree_numba)
    kernels = (value for module in modules for value in vars(module).values() if hasattr(value, "py_func"))
    caches = (getattr(kernel, "_cache", None) for kernel in kernels)
    paths = (getattr(cache, "cache_path", None) for cache in caches)
    return sorted({Path(path) for path in paths if path})
