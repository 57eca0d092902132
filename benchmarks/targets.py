"""What has to be reached, beside what was measured."""

from typing import Hashable, Mapping, NamedTuple, Sequence

from benchmarks.markdown import table
from benchmarks.peers import Adapter
from benchmarks.problems import Size
from benchmarks.span_problems import Extent
from benchmarks.speed import Cell, fastest
from benchmarks.tree_problems import Words

_PYTORCH, _JAX = "fastest PyTorch peer", "fastest JAX peer"


class Target(NamedTuple):
    """A peer, or the fastest of a group, takes at least `times` as long as skd_plugin."""

    size: Hashable
    peer: str
    times: float


# By workload.
CHAIN_TARGETS = {
    "distillation": (
        Target(Size(25, 9), _PYTORCH, 9),
        Target(Size(400, 37), _PYTORCH, 20),
        Target(Size(25, 9), _JAX, 1),
        Target(Size(400, 37), _JAX, 1),
    )
}
TREE_TARGETS = {
    "non_projective": tuple(Target(Words(n), "supar", 2.3) for n in (25, 50, 100)),
    "projective": tuple(Target(Words(n), "supar", 15) for n in (25, 50)),
    "siblings": (Target(Words(50), "supar", 5),),
    "siblings_step": (Target(Words(50), "supar", 5),),
    "second_order": (Target(Words(50), "supar", 5),),
    "second_order_step": (Target(Words(50), "supar", 5),),
    "trained_decoding": tuple(Target(Words(n), "supar", 15) for n in (25, 50, 100)),
    "conversion": (Target(Size(40, 1400), "loop over labels", 100),),
}
SPAN_TARGETS = {
    "segments": tuple(
        Target(Extent(n, n), peer, times) for peer, times in ((_PYTORCH, 5), ("decimal loop", 500)) for n in (25, 50)
    ),
    "tagging_step": tuple(Target(Extent(n, n), "decimal loop", 500) for n in (25, 50)),
}


def target_table(targets: Sequence[Target], cells: Sequence[Cell], peers: Mapping[str, Adapter]) -> str:
    """One row for each target whose size was measured; nothing where there is none."""
    groups = {
        _PYTORCH: [name for name, peer in peers.items() if peer.is_torch],
        _JAX: [name for name, peer in peers.items() if not peer.is_torch],
        **{name: [name] for name in peers},
    }
    by_size = {cell.size: cell for cell in cells}
    rows = [
        [str(target.size), target.peer, f"≥ {target.times:g}", f"{spread} {name}"]
        for target in targets
        if target.size in by_size and (found := fastest(by_size[target.size], groups.get(target.peer, ())))
        for name, spread in [found]
    ]
    return table(["size", "compared with", "target", "measured"], rows) if rows else ""
