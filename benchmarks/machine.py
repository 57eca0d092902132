"""Where a run took place, in words that do not name the machine."""

import datetime
import os
import platform
from pathlib import Path
from typing import Mapping

import numpy as np
import torch

from benchmarks.peers import Peer

_VECTOR_UNITS = ("avx512f", "avx2", "asimd")


def description(peers: Mapping[str, Peer]) -> str:
    """Date, processor, interpreter and library versions."""
    lines = [
        f"{datetime.date.today():%B %Y}; {_processor()}; {platform.system()}; one thread on one core",
        f"Python {platform.python_version()}, torch {torch.__version__}, numpy {np.__version__}",
        ", ".join(f"{peer.name} {peer.version}" for peer in peers.values()),
    ]
    return "\n".join(f"- {line}" for line in lines if line)


def _processor() -> str:
    unit = next((unit for unit in _VECTOR_UNITS if unit in _processor_flags()), "no known vector unit")
    return f"{os.cpu_count()} virtual {platform.machine()} cores ({unit})"


def _processor_flags() -> set[str]:
    """Empty where the system does not tell."""
    path = Path("/proc/cpuinfo")
    return set(path.read_text().split()) if path.exists() else set()
