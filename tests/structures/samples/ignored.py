"""The entries of potentials that a factorization must ignore: those of padding and of impossible arcs and spans."""

from itertools import combinations
from typing import Sequence

import numpy as np
import torch
from torch import Tensor


def ignored(axes: Sequence[str], shape: Sequence[int], lengths: Sequence[int]) -> Tensor:
    """Which entries refer to padding, end beyond the sentence, contain a word twice, or give ROOT a head."""
    if "batch" not in axes:
        return torch.zeros(shape, dtype=torch.bool)
    batch, *others = np.indices(shape)
    words = [place + (axis == "n") for axis, place in zip(axes[1:], others) if axis in ("n", "head")]
    ends = [words[0] + place for axis, place in zip(axes[1:], others) if axis == "width"]
    beyond = [word > np.array(lengths)[batch] for word in (*words, *ends)]
    twice = [(one == other) & (one > 0) for one, other in combinations(words, 2)]
    of_root = [words[1] == 0] if axes.count("head") == 2 else []
    return torch.from_numpy(np.any([*beyond, *twice, *of_root], axis=0))
