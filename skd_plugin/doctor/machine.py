"""Memory and cores that this process may use."""

import os
from pathlib import Path
from typing import Optional

_CGROUP = Path("/sys/fs/cgroup")


def usable_cores() -> int:
    """The cores that the system gives this process."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def others_load() -> float:
    """How many cores were used in the last minute; 0 if the system does not say. This process has hardly begun."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def total_memory() -> Optional[int]:
    """The bytes of memory of the machine, or of the container if that is less; None if the system does not say."""
    machine, container = _pages("SC_PHYS_PAGES"), _container_limit()
    return min(filter(None, (machine, container)), default=None)


def free_memory() -> Optional[int]:
    """The bytes that programs can still get; None if the system does not say."""
    free = _available() or _pages("SC_AVPHYS_PAGES")
    limit = _container_limit()
    if limit is not None:
        used = (_number(_CGROUP / "memory.current") or 0) - _cached()
        free = min(limit - used, limit if free is None else free)
    return free


def _cached() -> int:
    """What the container keeps of files, and gives back when it is asked to."""
    try:
        lines = (_CGROUP / "memory.stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)


def _available() -> Optional[int]:
    """With what the system keeps of files, and gives back when it is asked to."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), None)


def _pages(name: str) -> Optional[int]:
    if not hasattr(os, "sysconf") or name not in os.sysconf_names:
        return None
    pages = os.sysconf(name)
    return pages * os.sysconf("SC_PAGE_SIZE") if pages > 0 else None


def _container_limit() -> Optional[int]:
    return _number(_CGROUP / "memory.max")


def _number(file: Path) -> Optional[int]:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
