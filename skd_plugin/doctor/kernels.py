"""Whether the compiled kernels work: a chain and a tree that are small enough to enumerate."""

import math
import os
import time
from itertools import product
from typing import Any, Iterator, List, Sequence, Tuple

import torch
from torch import Tensor

from skd_plugin.doctor.finding import Finding
from skd_plugin.doctor.wording import duration
from skd_plugin.structures import LinearChain, NonProjectiveTree, kernel_folders

COMPILING = 2.0
"""Seconds. Kernels that are loaded take less, and kernels that are compiled take more."""
TOLERANCE = 1e-4
_COMPILE = "python -m skd_plugin.structures.compile_kernels"
_WORDS = 3


def kernels() -> List[Finding]:
    """Whether they work, whether they had to be compiled, and whether they are kept."""
    start = time.perf_counter()
    try:
        differences = {"chain": _difference(*_chain()), "tree": _difference(*_tree())}
    except Exception as error:  # whatever numba or LLVM may raise
        return [*_cache(), _failure(f"fail ({type(error).__name__}: {error})")]
    wrong = [name for name, difference in differences.items() if not difference < TOLERANCE]
    if wrong:
        return [*_cache(), _failure(f"are wrong: log Z of a {' and of a '.join(wrong)} is not what enumeration gives")]
    seconds = time.perf_counter() - start
    return [_works(seconds), *_cache(some_are_missing=seconds > COMPILING)]


def _works(seconds: float) -> Finding:
    text = "numba's kernels are right: log Z of a small chain and of a small tree is that of an enumeration"
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return Finding(
            "warning",
            f"{text}, but are not compiled: they are hundreds of times slower.",
            "Unset the variable NUMBA_DISABLE_JIT.",
        )
    if seconds > COMPILING:
        return Finding(
            "note",
            f"{text}. They were compiled now, which took {duration(seconds)}; others are when they are first used.",
            f"To compile all of them at once, for example when an image is built: {_COMPILE}",
        )
    return Finding("ok", text)


def _failure(what: str) -> Finding:
    folders = ", ".join(map(str, kernel_folders()))
    return Finding(
        "error",
        f"numba's kernels {what}.",
        f"Delete the files *.nbi and *.nbc in {folders or 'the cache of numba'}, and run this command again. If it "
        "says the same, install numba and skd_plugin again.",
    )


def _cache(some_are_missing: bool = True) -> Iterator[Finding]:
    folders = kernel_folders()
    unwritable = [str(folder) for folder in folders if folder.exists() and not os.access(folder, os.W_OK)]
    if not folders or unwritable:
        yield Finding(
            "warning" if some_are_missing else "note",
            f"Kernels that are compiled cannot be kept{f' in {unwritable[0]}' if unwritable else ''}, so each process "
            "compiles those that are missing, which takes up to a minute.",
            f"Set NUMBA_CACHE_DIR to a folder that can be written, or run as the user who installed: {_COMPILE}",
        )
    else:
        yield Finding("ok", f"They are kept in {os.path.commonpath(folders)}")


def _difference(log_partition: Tensor, scores: Sequence[float]) -> float:
    return abs(log_partition.item() - math.log(sum(map(math.exp, scores))))


def _chain() -> Tuple[Tensor, List[float]]:
    """log Z of a chain, and the scores of all its sequences."""
    emissions, transitions, ends = _random(1, _WORDS, 2), _random(2, 2), _random(2, 2)
    mask, labels = torch.ones(1, _WORDS, dtype=torch.bool), ("A", "B")
    chain = LinearChain(emissions, transitions, ends[0], ends[1], mask, labels)
    scores = [
        ends[0, y[0]]
        + sum(emissions[0, word, label] for word, label in enumerate(y))
        + sum(transitions[pair] for pair in zip(y, y[1:]))
        + ends[1, y[-1]]
        for y in product(range(2), repeat=_WORDS)
    ]
    return chain.log_partition, [float(score) for score in scores]


def _tree() -> Tuple[Tensor, List[float]]:
    """log Z of the trees over a sentence, and their scores."""
    arcs, relations = _random(1, _WORDS, _WORDS + 1), torch.zeros(1, _WORDS, _WORDS + 1, 1)
    tree: Any = NonProjectiveTree(arcs, relations, torch.ones(1, _WORDS, dtype=torch.bool), ("dep",))
    choices = product(range(_WORDS + 1), repeat=_WORDS)
    scores = [sum(arcs[0, word, head].item() for word, head in enumerate(heads)) for heads in filter(_is_tree, choices)]
    return tree.log_partition, scores


def _is_tree(heads: Tuple[int, ...]) -> bool:
    """Whether one word depends on ROOT, and every word leads there; `heads[i]` is the head of word i + 1."""
    for word in range(1, _WORDS + 1):
        above = word
        for _ in range(_WORDS):
            above = heads[above - 1] if above else 0
        if above:
            return False
    return heads.count(0) == 1


def _random(*shape: int) -> Tensor:
    """Numbers that are the same each time, and change nothing of those that others draw."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(len(shape)))
