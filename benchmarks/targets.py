"""What chain distillation has to reach, beside what was measured."""

from typing import Mapping, NamedTuple, Sequence

from benchmarks.markdown import table
from benchmarks.peers import Peer
from benchmarks.problems import Size
from benchmarks.speed import Cell, fastest


class Target(NamedTuple):
    """The fastest of a group of peers takes at least `times` as long as skd_plugin."""

    size: Size
    group: str
    times: float


TARGETS = (
    Target(Size(25, 9), "PyTorch", 9),
    Target(Size(400, 37), "PyTorch", 20),
    Target(Size(25, 9), "JAX", 1),
    Target(Size(400, 37), "JAX", 1),
)


def target_table(cells: Sequence[Cell], peers: Mapping[str, Peer]) -> str:
    """One row for each target whose size was measured."""
    groups = {
        "PyTorch": [name for name, peer in peers.items() if peer.is_torch],
        "JAX": [name for name, peer in peers.items() if not peer.is_torch],
    }
    by_size = {cell.size: cell for cell in cells}
    rows = [
        [str(target.size), f"fastest {target.group} peer", f"≥ {target.times:g}", f"{spread} {name}"]
        for target in TARGETS
        if target.size in by_size and (found := fastest(by_size[target.size], groups[target.group]))
        for name, spread in [found]
    ]
    return table(["size", "compared with", "target", "measured"], rows)
