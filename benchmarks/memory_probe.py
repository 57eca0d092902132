"""One step in this process: prints by how many bytes its peak of resident memory rises above the level before."""

import re
import sys
from pathlib import Path

from benchmarks.pinning import pin

pin()  # before any library starts its threads

from benchmarks.peers import Unsupported, load  # noqa: E402
from benchmarks.problems import Size, random_problem  # noqa: E402

_SMALL = Size(3, 9)  # a first step that compiles and loads what is loaded lazily


def growth(name: str, size: Size, batch: int, seed: int) -> int:
    """Peak during the second of two equal steps would miss what the first keeps, so the first large one is taken."""
    peer = load(name)
    for _ in range(2):
        peer.distillation(random_problem(_SMALL, seed, batch=2))()
    step = peer.distillation(random_problem(size, seed, batch))
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak to the present level
    before = _status("VmRSS")
    step()
    return _status("VmHWM") - before


def _status(field: str) -> int:
    """Bytes; Linux only."""
    found = re.search(rf"^{field}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return 1024 * int(found[1])


if __name__ == "__main__":
    try:
        print(growth(sys.argv[1], Size(int(sys.argv[2]), int(sys.argv[3])), int(sys.argv[4]), int(sys.argv[5])))
    except Unsupported:
        print("unsupported")
