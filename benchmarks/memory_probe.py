"""One step in this process: prints by how many bytes its peak of resident memory rises above the level before."""

import sys

from benchmarks.pinning import pin

pin()  # before any library starts its threads

from benchmarks import resident  # noqa: E402
from benchmarks.peers import Unsupported, load  # noqa: E402
from benchmarks.problems import Size, random_problem  # noqa: E402

_SMALL = Size(3, 9)  # a first step that compiles and loads what is loaded lazily


def growth(name: str, size: Size, batch: int, seed: int) -> int:
    """Peak during the second of two equal steps would miss what the first keeps, so the first large one is taken."""
    peer = load(name)
    for _ in range(2):
        peer.distillation(random_problem(_SMALL, seed, batch=2))()
    step = peer.distillation(random_problem(size, seed, batch))
    return resident.growth(step)


if __name__ == "__main__":
    try:
        print(growth(sys.argv[1], Size(int(sys.argv[2]), int(sys.argv[3])), int(sys.argv[4]), int(sys.argv[5])))
    except Unsupported:
        print("unsupported")
