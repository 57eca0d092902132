"""NonProjectiveTree satisfies the contract."""

import math

import torch

from skd_plugin.structures import NonProjectiveTree
from tests.structures.contracts.gradients import ExpectationContract
from tests.structures.contracts.parsing import ArcFactoredContract, UnlabelledContract
from tests.structures.samples.sample import close, random_sample


class TestNonProjectiveTree(ArcFactoredContract, ExpectationContract):
    kind = NonProjectiveTree


class TestNonProjectiveTreeWithoutRelations(UnlabelledContract, ExpectationContract):
    kind = NonProjectiveTree


def test_all_trees_with_one_root_are_counted():
    """n^{n−1} of them, by Cayley's formula."""
    lengths = torch.tensor([1, 2, 3, 7, 30])
    mask = torch.arange(30) < lengths.unsqueeze(1)
    f = NonProjectiveTree(torch.zeros(5, 30, 31, dtype=torch.float64), None, mask, ())
    close(f.log_partition, [(n - 1) * math.log(n) for n in lengths.tolist()])
    close(f.marginals.arcs[..., 0].sum(1), torch.ones(5))


def test_arcs_may_cross():
    sample = random_sample(NonProjectiveTree, seed=120, lengths=(4,), labels=(), scale=0.0)
    heads = [3, 4, 0, 3]
    sample.potentials["arcs"][0, range(4), heads] = 5.0
    assert sample.build().argmax.heads.tolist() == [heads]
