"""Mean field, compiled and in batched torch, against its definition in plain loops and by enumeration of all heads."""

from itertools import product
from math import exp
from typing import Callable, Dict, List, Sequence

import pytest
import torch
from torch import Tensor, autograd

from skd_plugin.structures.kernels.trees import mean_field_torch
from skd_plugin.structures.kernels.trees.mean_field import mean_field
from tests.structures.oracles.trees import head_assignments

LENGTHS = (5, 3, 0, 1, 2, 4)

BACKENDS: Dict[str, Callable[..., Tensor]] = {"numba": mean_field, "torch": mean_field_torch.mean_field}
every_backend = pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS.keys())
every_iteration = pytest.mark.parametrize("iterations", range(5))
both_precisions = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])


def potentials(lengths: Sequence[int] = LENGTHS, dtype: torch.dtype = torch.float64, scale: float = 1) -> List[Tensor]:
    batch, n = len(lengths), max(lengths, default=0)
    random = torch.Generator().manual_seed(400)
    shapes = (n, n + 1), (n, n + 1, n), (n, n + 1, n + 1)
    return [scale * torch.randn(batch, *shape, generator=random, dtype=dtype) for shape in shapes]


def is_head(h: int, i: int) -> bool:
    return h != i + 1


def is_sibling(i: int, h: int, k: int) -> bool:
    return k != i and is_head(h, i) and is_head(h, k)


def is_grandparent(i: int, h: int, g: int) -> bool:
    return h > 0 and is_head(h, i) and is_head(g, h - 1) and is_head(g, i)


def definition(arcs: list, siblings: list, grandparents: list, n: int, iterations: int) -> List[List[float]]:
    words, heads = range(n), range(n + 1)

    def message(h: int, i: int, q: list) -> float:
        total = sum(siblings[i][h][k] * q[k][h] for k in words if is_sibling(i, h, k))
        total += sum(grandparents[i][h][g] * q[h - 1][g] for g in heads if is_grandparent(i, h, g))
        return total + sum(grandparents[k][i + 1][h] * q[k][i + 1] for k in words if is_grandparent(k, i + 1, h))

    logits = [[arcs[i][h] if is_head(h, i) else 0.0 for h in heads] for i in words]
    for _ in range(iterations):
        weights = [[exp(logits[i][h]) if is_head(h, i) else 0.0 for h in heads] for i in words]
        q = [[weight / sum(row) for weight in row] for row in weights]
        logits = [[arcs[i][h] + message(h, i, q) if is_head(h, i) else 0.0 for h in heads] for i in words]
    return logits


def legal(lengths: Sequence[int]) -> List[Tensor]:
    """Which entries of the three potentials are not ignored; those of the logits are like those of the arcs."""
    masks = [torch.zeros(part.shape, dtype=torch.bool) for part in potentials(lengths)]
    for b, n in enumerate(lengths):
        words, heads = range(n), range(n + 1)
        for i, h in product(words, heads):
            masks[0][b, i, h] = is_head(h, i)
            for k in words:
                masks[1][b, i, h, k] = is_sibling(i, h, k)
            for g in heads:
                masks[2][b, i, h, g] = is_grandparent(i, h, g)
    return masks


def gradients(
    backend: Callable[..., Tensor], inputs: Sequence[Tensor], lengths: Tensor, iterations: int
) -> List[Tensor]:
    """The gradients of a function that depends on all logits, also on those of illegal arcs."""
    leaves = [part.detach().requires_grad_() for part in inputs]
    value = backend(*leaves, lengths, iterations).sin().sum()
    return list(autograd.grad(value, leaves, allow_unused=True, materialize_grads=True))


@every_backend
@every_iteration
def test_definition(backend, iterations):
    inputs = potentials()
    actual = backend(*inputs, torch.tensor(LENGTHS), iterations)
    assert actual.dtype == torch.float64
    for b, n in enumerate(LENGTHS):
        expected = definition(*(part[b].tolist() for part in inputs), n, iterations)
        torch.testing.assert_close(actual[b, :n, : n + 1].tolist(), expected, rtol=0, atol=1e-10)
    assert not actual[~legal(LENGTHS)[0]].any()


@every_backend
@pytest.mark.parametrize("n", [2, 3, 4])
def test_the_logits_are_expected_scores_given_a_head(backend, n):
    """Up to a constant per word. Symmetric siblings are one part of two words."""
    inputs = [part[0] for part in potentials([n])]
    inputs[1] = inputs[1] + inputs[1].permute(2, 1, 0)
    arcs, siblings, grandparents = (part.masked_fill(~kept[0], 0) for part, kept in zip(inputs, legal([n])))
    choices, words = torch.from_numpy(head_assignments(n)), torch.arange(n)
    q = inputs[0].masked_fill(~legal([n])[0][0], -torch.inf).softmax(-1)[words, choices]
    actual = backend(*(part.unsqueeze(0) for part in inputs), torch.tensor([n]), 1)[0]
    scores = []
    for heads in choices:
        pairs = [siblings[i, heads[i], k] for i in words for k in range(i) if heads[i] == heads[k]]
        chains = [grandparents[i, heads[i], heads[heads[i] - 1]] for i in words if heads[i] > 0]
        scores.append(arcs[words, heads].sum() + sum(pairs) + sum(chains))
    for i in words:
        others = q[:, words != i].prod(-1) * torch.stack(scores)
        expected = torch.stack([others[choices[:, i] == h].sum() for h in range(n + 1) if is_head(h, i)])
        difference = actual[i, torch.arange(n + 1) != i + 1] - expected
        torch.testing.assert_close(difference, difference[:1].expand(n), rtol=0, atol=1e-10)


@every_iteration
@both_precisions
def test_the_backends_agree(iterations, dtype):
    inputs, lengths = potentials((17, 40, 33), dtype, scale=0.3), torch.tensor((17, 40, 33))
    tolerance = {"rtol": 0, "atol": 1e-10 if dtype == torch.float64 else 1e-4}
    actual, expected = (run(*inputs, lengths, iterations) for run in BACKENDS.values())
    torch.testing.assert_close(actual, expected, **tolerance)
    ours, theirs = (gradients(run, inputs, lengths, iterations) for run in BACKENDS.values())
    torch.testing.assert_close(ours, theirs, **tolerance)


@every_backend
@pytest.mark.parametrize("iterations", [0, 1, 3])
def test_gradients_against_finite_differences(backend, iterations):
    leaves = [part.requires_grad_() for part in potentials((3, 1, 2))]
    assert autograd.gradcheck(lambda *inputs: backend(*inputs, torch.tensor((3, 1, 2)), iterations), leaves)


@every_backend
@both_precisions
def test_ignored_entries_have_no_effect_and_no_gradient(backend, dtype):
    inputs, lengths, kept = potentials(dtype=dtype), torch.tensor(LENGTHS), legal(LENGTHS)
    largest = torch.finfo(dtype).max
    for filling in (largest, -largest, 1e30):
        filled = [part.masked_fill(~mask, filling) for part, mask in zip(inputs, kept)]
        assert torch.equal(backend(*filled, lengths, 3), backend(*inputs, lengths, 3))
        actual = gradients(backend, filled, lengths, 3)
        assert all(not value[~mask].any() for value, mask in zip(actual, kept))
        torch.testing.assert_close(actual, gradients(backend, inputs, lengths, 3), rtol=0, atol=0)


@every_backend
def test_padding_changes_nothing(backend):
    inputs, lengths = potentials(), torch.tensor(LENGTHS)
    actual, slopes = backend(*inputs, lengths, 3), gradients(backend, inputs, lengths, 3)
    for b, n in enumerate(LENGTHS):
        alone, length = [cut(part, b, n) for part in inputs], torch.tensor([n])
        torch.testing.assert_close(cut(actual, b, n), backend(*alone, length, 3))
        torch.testing.assert_close([cut(slope, b, n) for slope in slopes], gradients(backend, alone, length, 3))


def cut(part: Tensor, b: int, n: int) -> Tensor:
    """One sentence without its padding: each axis keeps what it has more than the longest sentence."""
    kept = [slice(n + size - max(LENGTHS)) for size in part.shape[1:]]
    return part[(slice(b, b + 1), *kept)]


@every_backend
@pytest.mark.parametrize("lengths", [(), (0,), (0, 0), (1,), (0, 1)])
def test_sentences_of_at_most_one_word(backend, lengths):
    inputs, expected = potentials(lengths), [part * mask for part, mask in zip(potentials(lengths), legal(lengths))]
    actual = backend(*inputs, torch.tensor(lengths, dtype=torch.int64), 3)
    torch.testing.assert_close(actual, expected[0], rtol=0, atol=0)
    slopes = gradients(backend, inputs, torch.tensor(lengths, dtype=torch.int64), 3)
    torch.testing.assert_close(slopes, [expected[0].cos() * legal(lengths)[0], *map(torch.zeros_like, inputs[1:])])


@every_backend
def test_inputs_may_be_strided_and_are_not_written_to(backend):
    inputs, lengths = potentials(), torch.tensor(LENGTHS)
    strided = [part.transpose(0, -1).contiguous().transpose(0, -1) for part in inputs]
    before = [part.clone() for part in strided]
    assert torch.equal(backend(*strided, torch.stack((lengths, lengths), 1)[:, 0], 3), backend(*inputs, lengths, 3))
    actual, expected = (gradients(backend, parts, lengths, 3) for parts in (strided, inputs))
    torch.testing.assert_close(actual, expected, rtol=0, atol=1e-14)
    assert all(torch.equal(part, old) for part, old in zip(strided, before))


@every_backend
@pytest.mark.parametrize("wanted", range(3))
def test_one_gradient_alone_is_the_same(backend, wanted):
    inputs, lengths = potentials(), torch.tensor(LENGTHS)
    leaves = [part.requires_grad_(place == wanted) for place, part in enumerate(inputs)]
    backend(*leaves, lengths, 3).sin().sum().backward()
    torch.testing.assert_close(leaves[wanted].grad, gradients(backend, inputs, lengths, 3)[wanted], rtol=0, atol=0)
    assert [leaf.grad is not None for leaf in leaves] == [place == wanted for place in range(3)]


@every_backend
@both_precisions
def test_large_potentials(backend, dtype):
    inputs, lengths = potentials(dtype=dtype, scale=1e4), torch.tensor(LENGTHS)
    assert backend(*inputs, lengths, 4).isfinite().all()
    assert all(value.isfinite().all() for value in gradients(backend, inputs, lengths, 4))
