"""Compiles the kernels ahead of the tests, in one process: `python -m tools.compile_kernels`.

Two processes that compile the same function for different types at the same time can leave an index that leads to the
other one's code. So the tests' processes should find everything compiled.
"""

from tools.kernel_cache import KernelCache


def main() -> None:
    cache = KernelCache()
    cache.restore()
    if not cache.is_complete:
        # Imported on demand, because it takes seconds.
        from skd_plugin.structures.compile_kernels import compile_kernels

        compile_kernels()
        cache.save()


if __name__ == "__main__":
    main()
