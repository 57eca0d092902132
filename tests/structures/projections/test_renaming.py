"""Other names for labels: the probability of each structure is that of all structures that become it."""

from collections import Counter

import pytest
import torch

from skd_plugin.structures import (
    ArcLabels,
    ConstrainedChain,
    FlatSpans,
    HeadSelection,
    IndependentSpans,
    LinearChain,
    MaxEnt,
    NonProjectiveTree,
    NotDefined,
    ProjectiveTree,
    label_names,
    renamed,
)
from skd_plugin.structures.spans.span_factored import SpanFactored
from tests.structures.samples.kinds import ENUMERATORS
from tests.structures.samples.sample import PLAIN, TAGS, Sample, close, random_sample

LENGTHS = (3, 1)
RENAMED = {"X": "PER", "Y": "X"}
MERGED = {"X": "Y"}
WITHOUT = {"X": None}
CHAINS = [LinearChain, ConstrainedChain]
TREES = [HeadSelection, NonProjectiveTree, ProjectiveTree]
RELATIONS = ("subj", "root", "obj")


def new_name(label, names):
    """A tag, or the label of an arc, in a structure."""
    if label == "O":
        return label
    separator = "@" if "@" in label else "-"
    first, _, kind = label.partition(separator)
    if not kind:
        return names.get(label, label)
    kind = names.get(kind, kind)
    return "O" if kind is None else f"{first}{separator}{kind}"


def structures(distribution, names=()):
    """The probability of each structure, with other names."""
    masses = Counter()
    for structure, mass in zip(distribution.names, distribution.probabilities):
        masses[tuple(new_name(label, dict(names)) for label in structure)] += mass
    return {structure: mass for structure, mass in masses.items() if mass > 1e-12}


def enumerated(f):
    """The structures of each sentence of a distribution."""
    potentials = {name: getattr(f, name) for name in (*f.sentence_potentials, *f.shared_potentials)}
    present = {name: value for name, value in potentials.items() if value is not None}
    settings = {name: getattr(f, name) for name in f.settings}
    return Sample(type(f), present, f.mask, f.labels, settings=settings).enumerate()


def check(kind, names, labels=None):
    sample = random_sample(kind, 0, LENGTHS, labels=labels)
    ours = [structures(one) for one in enumerated(renamed(sample.build(), names))]
    for found, one in zip(ours, sample.enumerate()):
        assert found == pytest.approx(structures(one, names), rel=1e-9)


@pytest.mark.parametrize("kind", [MaxEnt, *CHAINS, FlatSpans])
def test_labels_with_other_names(kind):
    check(kind, RENAMED, ("X", "Y") if issubclass(kind, SpanFactored) else TAGS)


@pytest.mark.parametrize("kind", [MaxEnt, FlatSpans])
def test_types_with_the_same_name(kind):
    check(kind, MERGED, ("X", "Y") if issubclass(kind, SpanFactored) else TAGS)


def test_entities_of_a_type_that_is_taken_away_are_outside():
    check(MaxEnt, WITHOUT, TAGS)


def test_labels_that_are_no_tags():
    check(MaxEnt, {"verb": "noun", "det": "D"}, PLAIN)


@pytest.mark.parametrize("kind", TREES)
@pytest.mark.parametrize("names", [{"subj": "nsubj"}, {"subj": "obj"}])
def test_relations(kind, names):
    check(kind, names, RELATIONS)


@pytest.mark.parametrize("names", [RENAMED, MERGED, WITHOUT])
def test_independent_spans(names):
    f = random_sample(IndependentSpans, 0, LENGTHS, labels=("X", "Y")).build()
    ours = renamed(f, names)
    for position, label in enumerate(ours.labels):
        olds = [index for index, old in enumerate(f.labels) if names.get(old, old) == label]
        close(ours.marginals.spans[..., position], f.marginals.spans[..., olds].sum(-1))


@pytest.mark.parametrize("kind", ENUMERATORS)
def test_what_has_no_names_to_change(kind):
    if kind is not ArcLabels:
        f = random_sample(kind, 0, LENGTHS).build().as_teacher
        assert renamed(f, {}).labels == f.labels


def test_what_can_be_renamed():
    assert label_names(random_sample(MaxEnt, 0, labels=TAGS).build()) == ("Y", "X")
    assert label_names(random_sample(MaxEnt, 0, labels=PLAIN).build()) == PLAIN
    assert label_names(random_sample(FlatSpans, 0).build()) == ("X", "Y")


@pytest.mark.parametrize(
    "kind, labels, names, message",
    [
        *[(kind, TAGS, MERGED, "would not be a chain any more. It has Y, X") for kind in CHAINS],
        *[(kind, TAGS, WITHOUT, "would not be a chain any more") for kind in CHAINS],
        (FlatSpans, ("X", "Y"), WITHOUT, "spans of a type that is taken away would still exclude others: X"),
        (HeadSelection, RELATIONS, {"subj": None}, "subj cannot be taken away, because every word has one of"),
        (MaxEnt, PLAIN, {"noun": None}, "noun cannot be taken away"),
        (ArcLabels, None, {"subj": "nsubj"}, "The labels of a ArcLabels cannot be renamed"),
    ],
)
def test_what_would_be_another_kind_of_distribution(kind, labels, names, message):
    with pytest.raises(NotDefined, match=message):
        renamed(random_sample(kind, 0, LENGTHS, labels=labels).build(), names)


def test_forbidden_scores_stay_finite():
    f = random_sample(IndependentSpans, 0, LENGTHS, labels=("X", "Y")).build()
    forbidden = type(f)(torch.full_like(f.scores, -1e9), f.mask, f.labels)
    for names in (MERGED, WITHOUT):
        assert renamed(forbidden, names).scores.isfinite().all()
