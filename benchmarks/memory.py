"""Growth of the resident set during one step of chain distillation, each measured in a process of its own."""

import subprocess
import sys
from typing import Sequence

from benchmarks.markdown import table
from benchmarks.peers import OURS
from benchmarks.problems import Size

SIZES = (Size(100, 37), Size(200, 37), Size(400, 37), Size(800, 37), Size(400, 9), Size(400, 74))
_FLOAT = 4  # bytes


def memory_table(names: Sequence[str], sizes: Sequence[Size], batch: int, seed: int) -> str:
    """Megabytes, and ours as a multiple of one sentence's n·L + L² numbers in float32, times the batch."""
    rows = [_row(names, size, batch, seed) for size in sizes]
    return table(["size", *(f"{name}, MB" for name in names), f"{OURS} / (batch · (n·L + L²) · 4 B)"], rows)


def _row(names: Sequence[str], size: Size, batch: int, seed: int) -> list[str]:
    grown = {name: _growth(name, size, batch, seed) for name in names}
    numbers = batch * (size.n * size.labels + size.labels**2) * _FLOAT
    shown = ["–" if bytes_ is None else f"{bytes_ / 1e6:.1f}" for bytes_ in grown.values()]
    return [str(size), *shown, f"{(grown[OURS] or 0) / numbers:.1f}"]


def _growth(name: str, size: Size, batch: int, seed: int) -> int | None:
    """Bytes, or None where the implementation does not support the size."""
    arguments = (name, size.n, size.labels, batch, seed)
    command = [sys.executable, "-m", "benchmarks.memory_probe", *map(str, arguments)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    return None if printed == "unsupported" else int(printed)
