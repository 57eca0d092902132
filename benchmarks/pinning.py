"""One core and one thread for every library, set before any of them is imported."""

import os

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    # SynJax's annotations do not resolve under recent jaxtyping.
    "JAXTYPING_DISABLE": "1",
}


def pin() -> None:
    """Restrict this process, and the ones it starts, to one thread on one core."""
    os.environ.update(ONE_THREAD)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
