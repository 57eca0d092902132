"""ProjectiveTree satisfies the contract."""

import math

import torch
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.structures import ProjectiveTree
from tests.structures.contracts.gradients import ExpectationContract
from tests.structures.contracts.parsing import ArcFactoredContract, UnlabelledContract
from tests.structures.oracles.trees import is_projective
from tests.structures.samples.sample import close, random_sample
from tests.structures.samples.strategies import deterministic


class OnlyProjectiveTrees:
    @deterministic
    @given(data=st.data())
    def test_argmax_is_projective(self, data):
        sample = self.drawn(data)
        rows = zip(sample.build().argmax.heads, sample.lengths)
        assert all(is_projective(heads[:n].tolist()) for heads, n in rows)


class TestProjectiveTree(ArcFactoredContract, ExpectationContract, OnlyProjectiveTrees):
    kind = ProjectiveTree


class TestProjectiveTreeWithoutRelations(UnlabelledContract, ExpectationContract, OnlyProjectiveTrees):
    kind = ProjectiveTree


def test_all_projective_trees_with_one_root_are_counted():
    """C(3n − 2, n − 1) / n of them (Yuret 1998)."""
    lengths = torch.tensor([1, 2, 3, 7, 30])
    mask = torch.arange(30) < lengths.unsqueeze(1)
    f = ProjectiveTree(torch.zeros(5, 30, 31, dtype=torch.float64), None, mask, ())
    close(f.log_partition, [math.log(math.comb(3 * n - 2, n - 1) / n) for n in lengths.tolist()])


def test_crossing_arcs_are_impossible():
    sample = random_sample(ProjectiveTree, seed=130, lengths=(4,), labels=(), scale=0.0)
    sample.potentials["arcs"][0, range(4), [3, 4, 0, 3]] = 5.0
    f = sample.build()
    assert f.argmax.heads.tolist()[0] != [3, 4, 0, 3] and is_projective(f.argmax.heads[0].tolist())
    assert f.marginals.arcs[0, range(2), [3, 4]].sum() < 1
