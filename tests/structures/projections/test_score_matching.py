"""Score matching: the mean squared difference of the scores of teacher and student at each word."""

import numpy as np
import pytest
import torch

from skd_plugin.structures import (
    ArcLabels,
    FlatSpans,
    HeadSelection,
    LabelMismatch,
    LinearChain,
    MaxEnt,
    NonProjectiveTree,
    NoProjection,
    ProjectiveTree,
    SecondOrder,
    condition,
)
from skd_plugin.structures.algebra.errors import NotDefined
from skd_plugin.structures.projections.score_matching import squared_distance
from tests.structures.oracles.parses import log_softmax
from tests.structures.samples.sample import RELATIONS, close, random_sample


def max_ent(potentials):
    return [dict(enumerate(row)) for row in potentials["scores"]]


def linear_chain(potentials):
    """For each word, its scores by (label before, label)."""
    emissions, transitions = potentials["emissions"], potentials["transitions"]
    words = []
    for i, row in enumerate(emissions):
        before = potentials["start"] if i == 0 else transitions
        end = potentials["end"] if i == len(emissions) - 1 else 0
        scores = np.broadcast_to(row + before + end, transitions.shape)
        words.append({(a, b): scores[a, b] for a in range(len(scores)) for b in range(len(scores))})
    return words


def arc_factored(potentials):
    arcs, relations = potentials["arcs"], log_softmax(potentials["relations"])
    return [
        {(h, r): arcs[i, h] + relations[i, h, r] for h in range(len(arcs) + 1) if h != i + 1 for r in (0, 1)}
        for i in range(len(arcs))
    ]


def arc_labels(potentials):
    rows = zip(potentials["scores"], potentials["heads"])
    return [{y: score for y, score in enumerate(row) if heads[y] >= 0} for row, heads in rows]


SCORES = {
    MaxEnt: max_ent,
    LinearChain: linear_chain,
    HeadSelection: arc_factored,
    NonProjectiveTree: arc_factored,
    ProjectiveTree: arc_factored,
    ArcLabels: arc_labels,
}


def distance(teacher, student, scores):
    words = zip(scores(student.arrays()), scores(teacher.arrays()))
    return sum(np.mean([(of_student[a] - of_teacher[a]) ** 2 for a in of_student]) for of_student, of_teacher in words)


@pytest.mark.parametrize("kind", SCORES, ids=lambda kind: kind.__name__)
def test_the_distance_is_a_mean_at_each_word(kind):
    teacher, student = (random_sample(kind, seed=seed, lengths=(3, 1, 2)) for seed in (1, 2))
    distances = squared_distance(teacher.build(), student.build(), "renormalize")
    pairs = zip(teacher.sentences(), student.sentences())
    close(distances, [distance(*pair, SCORES[kind]) for pair in pairs])
    close(squared_distance(student.build(), student.build()), [0, 0, 0])


@pytest.mark.parametrize("kind", SCORES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("value", [1e30, -1e30])
def test_padding_changes_neither_the_distance_nor_its_gradient(kind, value):
    teacher = random_sample(kind, seed=3)
    student, padded = random_sample(kind, seed=4), random_sample(kind, seed=4).padded_with(value).leaves()
    expected = squared_distance(teacher.build(), student.build(), "renormalize")
    distances = squared_distance(teacher.padded_with(-value).build(), padded.build(), "renormalize")
    close(distances.detach(), expected)
    distances.sum().backward()
    for name, potential in padded.potentials.items():
        assert potential.grad.isfinite().all() and not potential.grad[padded.ignored(name)].any()


def test_labels_are_matched_by_name():
    teacher, student = random_sample(MaxEnt, seed=5), random_sample(MaxEnt, seed=6)
    moved = teacher.permuted([2, 0, 3, 1])
    close(squared_distance(moved.build(), student.build()), squared_distance(teacher.build(), student.build()))


def test_unlabelled_arcs_are_matched_by_their_own_scores():
    teacher, student = (random_sample(HeadSelection, seed=seed, labels=()) for seed in (7, 8))
    f = teacher.build()
    close(squared_distance(f, student.build()), squared_distance(f, student.build().tempered(1.0)))
    difference = (student.potentials["arcs"] - teacher.potentials["arcs"]).square().masked_fill(~f.legal, 0)
    close(squared_distance(f, student.build()), (difference.sum(-1) / f.legal.sum(-1).clamp(min=1)).sum(1))


def test_alternatives_that_the_teacher_lacks_are_not_matched():
    """A head selection has no score for a relation that is not among its labels."""
    teacher = random_sample(HeadSelection, seed=9, labels=RELATIONS[:1])
    student = random_sample(ArcLabels, seed=10).build()
    exist = condition(teacher.build(), student, "renormalize").distribution.substructures.exist
    assert exist.any() and not exist[..., student.relation_of == 1].any()
    assert (squared_distance(teacher.build(), student, "renormalize") < 1e4).all()


def test_only_spans_that_end_within_the_sentence_are_matched():
    mask = torch.tensor([[True, True, True], [True, False, False]])
    teacher, student = (FlatSpans(torch.full((2, 3, 2, 1), score), mask, ("PER",)) for score in (1.0, 3.0))
    assert student.substructures.exist.sum((1, 2)).tolist() == [5, 1]
    close(squared_distance(teacher, student), [12.0, 4.0])


@pytest.mark.parametrize(
    "teacher, student, message",
    [
        (
            LinearChain,
            MaxEnt,
            "scores of a LinearChain cannot be matched by a MaxEnt: the teacher has Bigrams, not Tok",
        ),
        (MaxEnt, LinearChain, "the teacher has Tokens, not Bigrams. Choose a student with the teacher's own parts"),
        (NonProjectiveTree, ArcLabels, "the teacher has Arcs, not ArcTokens"),
        (HeadSelection, SecondOrder, "A SecondOrder does not have one score for each alternative at a word"),
    ],
)
def test_pairs_with_different_scores_are_refused(teacher, student, message):
    teacher, student = (random_sample(kind, seed=11).build() for kind in (teacher, student))
    with pytest.raises(NotDefined, match=message):
        squared_distance(teacher, student, "renormalize")


def test_labels_without_a_score_of_the_teacher_are_refused():
    teacher = random_sample(MaxEnt, seed=12, labels=("noun", "verb")).build()
    student = random_sample(MaxEnt, seed=13, labels=("noun", "verb", "det")).build()
    with pytest.raises(NotDefined, match="the teacher has no score for the student's labels det"):
        squared_distance(teacher, student)
    with pytest.raises(LabelMismatch, match="labels that the student lacks: det"):
        squared_distance(student, teacher)


def test_different_numbers_of_widths_are_refused():
    mask = torch.ones(1, 3, dtype=torch.bool)
    teacher, student = (FlatSpans(torch.zeros(1, 3, width, 1), mask, ("PER",)) for width in (1, 2))
    with pytest.raises(NotDefined, match="the teacher scores 1 alternatives per word, not 2"):
        squared_distance(teacher, student)


def test_a_pair_without_projection_is_refused():
    teacher, student = (random_sample(kind, seed=14).build() for kind in (HeadSelection, MaxEnt))
    with pytest.raises(NoProjection, match="No projection of HeadSelection → Tokens"):
        squared_distance(teacher, student)
