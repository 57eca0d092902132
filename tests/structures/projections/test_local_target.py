"""Local targets: expected parts raised to the power 1/T. For independent choices that equals division by T."""

import pytest
import torch
from hypothesis import given

from skd_plugin.structures import (
    ArcLabels,
    Arcs,
    ArcTokens,
    Bigrams,
    FlatSpans,
    HeadSelection,
    LinearChain,
    MaxEnt,
    NonProjectiveTree,
    ProjectiveTree,
    SecondOrder,
    Tokens,
)
from skd_plugin.structures.algebra.errors import NotDefined
from skd_plugin.structures.projections.target import local_target
from skd_plugin.structures.spans.independent_spans import IndependentSpans
from tests.structures.oracles.exact_parts import tensors
from tests.structures.samples.sample import close, random_sample
from tests.structures.samples.strategies import deterministic, seeds, temperatures

LABELLED = [MaxEnt, HeadSelection, ArcLabels]
TYPES = ("PER", "ORG")


def spans(seed, widths=3):
    generator = torch.Generator().manual_seed(seed)
    scores = 2 * torch.randn(2, 4, widths, len(TYPES), generator=generator, dtype=torch.float64)
    return IndependentSpans(scores, torch.tensor([[True] * 4, [True, True, False, False]]), TYPES)


def distributions(seed):
    return [*(random_sample(kind, seed).build() for kind in LABELLED), spans(seed)]


def same(ours, theirs):
    assert type(ours) is type(theirs)
    assert len(tensors(ours)) == len(tensors(theirs))
    for mine, other in zip(tensors(ours), tensors(theirs)):
        close(mine, other)


@deterministic
@given(seed=seeds, temperature=temperatures)
def test_sharpening_independent_choices_equals_dividing_their_potentials(seed, temperature):
    for f in distributions(seed):
        same(f.marginals.sharpened(temperature), f.tempered(temperature).marginals)


@deterministic
@given(seed=seeds)
def test_a_temperature_of_one_changes_nothing(seed):
    for f in distributions(seed):
        same(f.marginals.sharpened(1.0), f.marginals)


@deterministic
@given(seed=seeds)
def test_the_entropy_of_independent_choices_is_that_of_the_distribution(seed):
    for f in distributions(seed):
        close(f.marginals.product_entropy, f.entropy)


def test_unlabelled_arcs_are_sharpened_like_their_potentials():
    f = random_sample(HeadSelection, seed=1, labels=()).build()
    sharpened = f.marginals.sharpened(3.0)
    assert sharpened.relations is None
    same(sharpened, f.tempered(3.0).marginals)
    close(f.marginals.product_entropy, f.entropy)


def test_a_power_that_underflows_leaves_a_distribution():
    tokens = torch.tensor([[[0.3, 0.3, 0.4], [0.0, 0.0, 0.0]]])
    sharp = Tokens(tokens).sharpened(1e-3).tokens
    assert sharp.tolist() == [[[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]]
    flat = Tokens(tokens).sharpened(1e9).tokens
    close(flat[0, 0], torch.full((3,), 1 / 3), 1e-6)
    assert not flat[0, 1].any()


def test_relations_are_sharpened_given_their_arc():
    joint = torch.tensor([[[[0.4, 0.4], [0.0, 0.2]]]], dtype=torch.float64)
    sharp = Arcs(joint.sum(-1), joint).sharpened(0.5)
    arcs = torch.tensor([0.64, 0.04], dtype=torch.float64) / 0.68
    close(sharp.arcs[0, 0], arcs)
    close(sharp.relations[0, 0], arcs.unsqueeze(-1) * torch.tensor([[0.5, 0.5], [0.0, 1.0]]))


@pytest.mark.parametrize("query", [lambda parts: parts.sharpened(2.0), lambda parts: parts.product_entropy])
def test_label_bigrams_cannot_be_sharpened(query):
    with pytest.raises(NotDefined, match="Bigrams are not the alternatives of independent choices.*before inference"):
        query(Bigrams(torch.ones(1, 2, 3), torch.ones(1, 3, 3)))


@deterministic
@given(seed=seeds, temperature=temperatures)
def test_a_local_target_is_a_cross_entropy(seed, temperature):
    """KL(sharpened ‖ student) is not negative for any teacher, and 0 if the student is the sharpened product."""
    teacher, student = (random_sample(kind, seed + k).build() for k, kind in enumerate([LinearChain, MaxEnt]))
    soft_target = local_target(teacher, student, "error", temperature)
    same(soft_target.expected, Tokens(teacher.token_marginals).sharpened(temperature))
    assert (student.cross_entropy(soft_target.expected) - soft_target.entropy).min() > -1e-10
    product = MaxEnt(soft_target.expected.tokens.clamp(min=1e-300).log(), student.mask, student.labels)
    close(product.cross_entropy(soft_target.expected), soft_target.entropy)


@deterministic
@given(seed=seeds, temperature=temperatures)
def test_trees_teach_labels_that_denote_arcs(seed, temperature):
    teacher = random_sample(NonProjectiveTree, seed, lengths=(3, 2)).build()
    student = random_sample(ArcLabels, seed + 1, lengths=(3, 2)).build()
    soft_target = local_target(teacher, student, "renormalize", temperature)
    assert type(soft_target.expected) is ArcTokens
    assert (student.cross_entropy(soft_target.expected) - soft_target.entropy).min() > -1e-10


@pytest.mark.parametrize("kind", [MaxEnt, HeadSelection, ArcLabels, SecondOrder, IndependentSpans])
def test_classes_with_independent_choices(kind):
    assert kind.locally_normalized


@pytest.mark.parametrize("kind", [LinearChain, NonProjectiveTree, ProjectiveTree, FlatSpans])
def test_classes_without_independent_choices(kind):
    assert not kind.locally_normalized


@pytest.mark.parametrize("kind", [LinearChain, NonProjectiveTree])
def test_students_whose_choices_depend_on_each_other_are_refused(kind):
    f = random_sample(kind, seed=2).build()
    message = rf"choices of a {kind.__name__} are not independent.*unbounded below. Choose the tempering 'global'"
    with pytest.raises(NotDefined, match=message):
        local_target(f, f, "error", 2.0)
