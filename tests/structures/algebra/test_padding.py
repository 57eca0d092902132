"""Padding against its definition: each sentence in the corner of its row, and zeros elsewhere."""

from typing import Tuple

import pytest
import torch

from skd_plugin.structures import MaxEnt
from skd_plugin.structures.algebra.padding import cut, pad


@pytest.mark.parametrize("axes", [(0,), (1,), (0, 1), (0, 0, 0)], ids=str)
@pytest.mark.parametrize("fixed", [(), (2,), (2, 3)], ids=str)
def test_each_sentence_is_in_the_corner_of_its_row(axes: Tuple[int, ...], fixed: Tuple[int, ...]) -> None:
    lengths = (3, 0, 5, 1)
    sentences = [torch.randn(1, *(n + axis for axis in axes), *fixed, requires_grad=True) for n in lengths]
    padded = pad(sentences, axes)
    assert padded.shape == (4, *(5 + axis for axis in axes), *fixed)
    rest = padded.detach().clone()
    for row, (n, sentence) in enumerate(zip(lengths, sentences)):
        corner = (slice(row, row + 1), *(slice(n + axis) for axis in axes))
        assert torch.equal(padded[corner], sentence)
        assert torch.equal(cut(padded, row, n, axes), sentence)
        rest[corner] = 0
    assert not rest.any()
    padded.sum().backward()
    assert all(sentence.grad is not None and sentence.grad.eq(1).all() for sentence in sentences)


def test_what_changes_nothing_makes_no_copy() -> None:
    distribution = MaxEnt(torch.randn(1, 3, 2), torch.ones(1, 3, dtype=torch.bool), ("a", "b"))
    assert distribution.to("cpu") is distribution
    parts = distribution.marginals
    assert parts * 1.0 is parts
    assert torch.equal((parts * torch.ones(1)).tokens, parts.tokens)
