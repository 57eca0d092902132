"""The support of a parser is what its enumerator enumerates: any heads, trees, or projective trees."""

import pytest

from skd_plugin.structures import Parsing
from skd_plugin.structures.trees.parsing import Support
from tests.structures.oracles.trees import head_assignments, is_projective, is_tree
from tests.structures.samples.arc_tables import COMPLETE
from tests.structures.samples.kinds import POTENTIALS
from tests.structures.samples.sample import random_sample

ALLOWED = {Support.HEADS: lambda heads: True, Support.TREES: is_tree, Support.PROJECTIVE_TREES: is_projective}


@pytest.mark.parametrize("kind", [kind for kind in POTENTIALS if issubclass(kind, Parsing)], ids=lambda k: k.__name__)
def test_every_structure_of_the_support_is_possible_and_no_other(kind):
    sample = random_sample(kind, seed=160, lengths=(4,), labels=("dep",), reach=COMPLETE, scale=0.5)
    f = sample.build()
    possible = {tuple(heads) for heads in head_assignments(4, ALLOWED[kind.support]).tolist()}
    assert {tuple(heads) for heads in sample.enumerate()[0].heads.tolist()} == possible
    assert f.support is kind.support


def test_supports_are_ordered_by_the_structures_that_they_exclude():
    assert Support.HEADS < Support.TREES < Support.PROJECTIVE_TREES


def test_a_support_says_what_it_is():
    assert [str(support) for support in Support] == [
        "any choice of heads",
        "trees with one root",
        "projective trees with one root",
    ]
