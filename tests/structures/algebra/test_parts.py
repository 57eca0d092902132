"""Expected parts: a mixture of teachers is the weighted sum of their parts."""

import pytest
import torch

from skd_plugin.structures import Arcs, ArcTokens, Bigrams, HeadSelection, LinearChain, MaxEnt, Tokens
from tests.structures.samples.sample import close, random_sample

ONES = Bigrams(torch.ones(2, 3, 4), torch.ones(2, 4, 4))


def test_a_number_weighs_every_part_from_either_side():
    for weighted in (ONES * 0.25, 0.25 * ONES):
        close(weighted.tokens, torch.full((2, 3, 4), 0.25))
        close(weighted.transitions, torch.full((2, 4, 4), 0.25))


def test_a_tensor_weighs_each_sentence():
    weighted = ONES * torch.tensor([0.0, 2.0])
    assert weighted.tokens.sum((1, 2)).tolist() == [0.0, 24.0]
    assert weighted.transitions.sum((1, 2)).tolist() == [0.0, 32.0]


def test_parts_of_one_space_add_up():
    total = ONES + 2 * ONES
    assert type(total) is Bigrams
    close(total.tokens, torch.full((2, 3, 4), 3.0))
    close(total.transitions, torch.full((2, 4, 4), 3.0))


def test_arithmetic_leaves_its_operands_alone():
    total = ONES + ONES
    total.tokens.zero_()
    assert ONES.tokens.all() and ONES.tokens._version == 0


def test_parts_of_different_spaces_do_not_add_up():
    with pytest.raises(TypeError, match=r"Cannot add Tokens and Bigrams: project both"):
        Tokens(torch.ones(2, 3, 4)) + ONES


@pytest.mark.parametrize("kind, other", [(MaxEnt, LinearChain), (LinearChain, MaxEnt), (HeadSelection, MaxEnt)])
def test_a_factorization_refuses_parts_of_another_space(kind, other):
    expected = random_sample(other, seed=0).build().marginals
    message = rf"{other.parts.__name__}, but this factorization's parts are {kind.parts.__name__}; use project"
    with pytest.raises(TypeError, match=message):
        random_sample(kind, seed=0).build().cross_entropy(expected)


def test_relabeled_moves_each_label_and_leaves_new_ones_at_zero():
    tokens = torch.tensor([[[0.25, 0.75]]])
    transitions = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    moved = Bigrams(tokens, transitions).relabeled(torch.tensor([2, 0]), 3)
    assert moved.tokens.tolist() == [[[0.75, 0.0, 0.25]]]
    assert moved.transitions.tolist() == [[[4.0, 0.0, 3.0], [0.0, 0.0, 0.0], [2.0, 0.0, 1.0]]]


def test_relabeled_moves_the_relations_of_arcs():
    arcs, relations = torch.tensor([[[0.25, 0.0, 0.75]]]), torch.tensor([[[[0.25], [0.0], [0.75]]]])
    moved = Arcs(arcs, relations).relabeled(torch.tensor([1]), 2)
    assert moved.arcs.equal(arcs)
    assert moved.relations.tolist() == [[[[0.0, 0.25], [0.0, 0.0], [0.0, 0.75]]]]
    assert Arcs(arcs, None).relabeled(torch.tensor([], dtype=torch.long), 0).relations is None


def test_labels_that_denote_arcs_are_not_relabeled():
    tokens = ArcTokens(torch.tensor([[[0.25, 0.75]]]))
    assert tokens.relabeled(torch.tensor([1]), 3) is tokens


def test_a_mixture_has_relations_if_both_teachers_have_them():
    labelled = Arcs(torch.ones(1, 2, 3), torch.ones(1, 2, 3, 4))
    unlabelled = Arcs(torch.ones(1, 2, 3), None)
    assert (labelled + labelled).relations.unique().tolist() == [2.0]
    mixed = 0.5 * labelled + unlabelled * torch.tensor([0.5])
    assert mixed.relations is None and mixed.arcs.unique().tolist() == [1.0]
