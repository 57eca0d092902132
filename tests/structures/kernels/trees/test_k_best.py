"""The k best trees of longer sentences, and of distributions in which some arcs are forbidden."""

from typing import List

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.structures import (
    ArcLabels,
    HeadSelection,
    NonProjectiveTree,
    ProjectiveTree,
    SecondOrder,
    Tree,
    condition,
)
from skd_plugin.structures.kernels.trees import k_best
from tests.structures.oracles.exact_parts import tensors
from tests.structures.oracles.trees import is_projective, is_tree
from tests.structures.samples.arc_tables import COMPLETE
from tests.structures.samples.sample import RELATIONS, close, random_sample
from tests.structures.samples.strategies import deterministic, seeds

TREES = [HeadSelection, NonProjectiveTree, ProjectiveTree]
PARSERS = [(kind, labels) for kind in [*TREES, SecondOrder] for labels in (RELATIONS, ())] + [(ArcLabels, RELATIONS)]
WORDS, RANKS = 25, 10


def rows(trees: Tree, ranks: slice = slice(None)) -> List[tuple]:
    """The trees of the first sentence."""
    return [tuple(map(tuple, zip(*tree))) for tree in zip(*(part[0, ranks].tolist() for part in tensors(trees)))]


def rank(trees: Tree, index: int) -> Tree:
    """One tree per sentence."""
    return Tree(*(None if part is None else part[:, index] for part in trees))


@pytest.mark.parametrize("kind, labels", PARSERS)
@pytest.mark.parametrize("scale", [0.3, 3.0])
def test_a_long_sentence_has_different_trees_in_order(kind, labels, scale):
    sample = random_sample(kind, 160, (WORDS, WORDS - 8), labels, scale, reach=WORDS).map(torch.Tensor.float)
    f = sample.build()
    trees, log_probabilities = f.n_best(RANKS)
    assert len(set(rows(trees))) == RANKS
    assert (log_probabilities.diff() <= 0).all() and (log_probabilities <= 0).all()
    well_formed = is_projective if kind is ProjectiveTree else is_tree
    assert all(map(well_formed, trees.heads[0].tolist()))
    assert all(map(well_formed, trees.heads[1, :, : WORDS - 8].tolist()))
    for index in range(RANKS):
        exact = -f.cross_entropy(f.indicator(rank(trees, index)))
        close(log_probabilities[:, index], exact.detach(), 1e-5)


@pytest.mark.parametrize("kind", TREES)
def test_the_4_best_are_the_first_of_the_40_best(kind):
    f = random_sample(kind, seed=161, lengths=(12, 5)).build()
    (few, some), (many, all_of_them) = f.n_best(4), f.n_best(40)
    assert rows(few) == rows(many, slice(4))
    close(some, all_of_them[:, :4])


@pytest.mark.parametrize("kind", TREES)
def test_the_second_best_lacks_one_arc_of_the_best(kind):
    """Against the best heads when the arcs of the best tree are made nearly impossible one after another."""
    sample = random_sample(kind, seed=162, lengths=(9,), labels=())
    f = sample.build()
    best, second = (rank(f.n_best(2).structures, index).heads[0] for index in range(2))
    rivals = []
    for word, head in enumerate(best.tolist()):
        arcs = sample.potentials["arcs"].clone()
        arcs[0, word, head] -= 1e3
        heads = f.best_heads(arcs, f.lengths)[0]
        rivals.append((sample.potentials["arcs"][0, range(9), heads].sum(), heads.tolist()))
    assert max(rivals)[1] == second.tolist()


def test_searches_in_small_groups_find_the_same(monkeypatch):
    f = random_sample(NonProjectiveTree, seed=163, lengths=(6, 4)).build()
    together = f.n_best(RANKS)
    monkeypatch.setattr(k_best, "_MAX_SCORES", 1)
    apart = f.n_best(RANKS)
    assert rows(apart.structures) == rows(together.structures)
    close(apart.log_probabilities, together.log_probabilities)


@pytest.mark.parametrize("kind", TREES)
def test_equally_good_trees_have_the_same_order_beside_longer_sentences(kind):
    sample = random_sample(kind, seed=166, lengths=(4, 7), labels=(), scale=0.5).map(torch.Tensor.round)
    beside, alone = sample.build().n_best(50).structures, sample.sentence(0).build().n_best(50).structures
    assert beside.heads[0, :, :4].equal(alone.heads[0])


@pytest.mark.parametrize("kind", TREES)
def test_no_tree_comes_twice_where_argmax_is_the_best_but_for_rounding(kind):
    sample = random_sample(kind, seed=167, lengths=(3,), scale=3.0)
    arcs, relations = torch.full((1, 3, 4), 2.0**24), sample.potentials["relations"].float()
    f = sample.build(arcs=arcs, relations=relations)
    trees, log_probabilities = f.n_best(40)
    assert rows(trees)[0] == rows(Tree(*(part.unsqueeze(1) for part in f.argmax)))[0]
    assert len(set(rows(trees))) == 40 and (log_probabilities.diff() <= 0).all()


@pytest.mark.parametrize("shift", [1e8, -1e8, 1e15])
def test_a_common_shift_of_the_arcs_changes_no_order(shift):
    sample = random_sample(NonProjectiveTree, seed=164, lengths=(3,), labels=(), scale=0.0)
    whole = torch.arange(12, dtype=torch.float64).view(1, 3, 4) ** 2
    trees = sample.build(arcs=whole).n_best(RANKS).structures
    assert rows(sample.build(arcs=whole + shift).n_best(RANKS).structures) == rows(trees)


@deterministic
@given(seed=seeds, kind=st.sampled_from([NonProjectiveTree, ProjectiveTree]), k=st.integers(1, 60))
def test_trees_with_forbidden_arcs_do_not_count(seed, kind, k):
    """A tree distribution conditioned on arcs that have a label."""
    teacher = random_sample(kind, seed, lengths=(3,))
    student = random_sample(ArcLabels, seed, lengths=(3,), reach=1)
    distribution = condition(teacher.build(), student.build(), "renormalize").distribution
    ((expected, scores),) = [
        one.conditioned_on(two).n_best(k) for one, two in zip(teacher.enumerate(), student.enumerate())
    ]
    trees, log_probabilities = distribution.n_best(k)
    ids = trees.heads * len(RELATIONS) + trees.relations
    assert ids[0, : len(expected)].tolist() == expected.tolist() and not ids[0, len(expected) :].any()
    close(log_probabilities[0, : len(scores)], scores, 1e-6)
    assert log_probabilities[0, len(scores) :].isneginf().all()


def test_a_sentence_all_of_whose_trees_have_an_arc_without_a_label():
    sample = random_sample(ArcLabels, seed=165, lengths=(3, 2), reach=COMPLETE)
    heads = sample.tables["heads"].clone()
    heads[0, 1] = -1
    trees, log_probabilities = sample.build(heads=heads).n_best(3)
    assert log_probabilities[0].isneginf().all() and not any(part[0].any() for part in tensors(trees))
    assert log_probabilities[1].isfinite().all()
