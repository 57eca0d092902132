"""Soft targets from the k best structures of a teacher, against the enumeration of all structures."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

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
)
from skd_plugin.structures.projections.best_structures import best_target
from tests.structures.samples.pairs import conditioned, fixed, parametrized, teacher_and_student
from tests.structures.samples.sample import BIOUL, PLAIN, close, random_sample
from tests.structures.samples.strategies import deterministic

SEQUENCES = [(teacher, student) for teacher in (MaxEnt, LinearChain) for student in (MaxEnt, LinearChain)]
TREES = [
    (HeadSelection, HeadSelection),
    (HeadSelection, NonProjectiveTree),
    (NonProjectiveTree, ProjectiveTree),
    (ProjectiveTree, HeadSelection),
    (HeadSelection, ArcLabels),
]


def weights_of(log_probabilities, weighted):
    probabilities = np.exp(log_probabilities) if weighted else np.ones(len(log_probabilities))
    return probabilities / probabilities.sum()


def expected_loss(teacher, student, k, weighted):
    """−Σ_r w_r log P_s(y_r) of one sentence, and H(w)."""
    structures, log_probabilities = teacher.n_best(k)
    weights = weights_of(log_probabilities, weighted)
    log_student = dict(zip(student.names, student.log_probabilities))
    names = [tuple(teacher.labels[label] for label in structure) for structure in structures]
    loss = -sum(weight * log_student[name] for weight, name in zip(weights, names))
    return loss, -(weights * np.log(weights)).sum()


def check(pair, k, weighted):
    teacher, student = pair
    f = student.build()
    soft_target = best_target(teacher.build(), f, k, weighted, "renormalize")
    sentences = zip(conditioned(teacher, student), student.enumerate())
    exact = [expected_loss(one, other, k, weighted) for one, other in sentences]
    close(f.cross_entropy(soft_target.expected), [loss for loss, _ in exact])
    close(soft_target.entropy, [entropy for _, entropy in exact])
    close(soft_target.weights.sum(1), torch.ones(len(f.mask)))


@parametrized(SEQUENCES)
@deterministic
@given(data=st.data(), k=st.integers(1, 6), weighted=st.booleans())
def test_label_sequences(pair, data, k, weighted):
    check(data.draw(teacher_and_student(pair)), k, weighted)


@parametrized(TREES)
@pytest.mark.parametrize("k, weighted", [(1, False), (3, False), (4, True)])
def test_trees(pair, k, weighted):
    for seed in range(5):
        check(fixed(pair, seed=seed, reach=9, lengths=(3, 1, 2)), k, weighted)


@parametrized(SEQUENCES)
def test_labels_are_aligned_by_name(pair):
    teacher, student = fixed(pair)
    moved = teacher.permuted([2, 0, 3, 1])
    plain, renamed = (best_target(one.build(), student.build(), 3, True) for one in (teacher, moved))
    close(renamed.expected.tokens, plain.expected.tokens)


def test_a_sentence_with_fewer_than_k_structures_teaches_all_of_them():
    teacher = random_sample(LinearChain, seed=1, lengths=(1, 3), labels=PLAIN[:2])
    for weighted in (False, True):
        soft_target = best_target(teacher.build(), teacher.build(), 5, weighted)
        assert (soft_target.weights > 0).sum(1).tolist() == [2, 5]
        close(soft_target.weights.sum(1), [1, 1])
        close(soft_target.expected.tokens.sum(-1), teacher.mask.double())


def test_one_structure_is_certain():
    teacher = random_sample(LinearChain, seed=2, labels=BIOUL).build()
    soft_target = best_target(teacher, teacher, 1, weighted=True)
    assert soft_target.entropy.tolist() == [0, 0, 0]
    assert soft_target.expected.tokens.equal(teacher.indicator(teacher.argmax).tokens)


def test_tags_teach_spans_and_spans_teach_tags():
    tagger = random_sample(LinearChain, seed=3, labels=BIOUL).build()
    spans = FlatSpans(torch.randn(3, 4, 4, 1, dtype=torch.float64), tagger.mask, ("X",))
    for teacher, student in ((tagger, spans), (spans, tagger)):
        soft_target = best_target(teacher, student, 3, weighted=True)
        best = best_target(teacher, student, 1, weighted=False)
        assert (student.cross_entropy(soft_target.expected) >= soft_target.entropy - 1e-9).all()
        assert type(best.expected) is student.parts and (best.weights == 1).all()


@pytest.mark.parametrize("k", [1, 2])
def test_labels_that_the_student_lacks(k):
    teacher = random_sample(LinearChain, seed=4, labels=("noun", "verb", "det"))
    student = random_sample(MaxEnt, seed=5, labels=("det", "noun"))
    with pytest.raises(LabelMismatch, match="labels that the student lacks: verb"):
        best_target(teacher.build(), student.build(), k, weighted=False)
    soft_target = best_target(teacher.build(), student.build(), k, False, "renormalize")
    assert soft_target.drops and (soft_target.lost_mass > 0).all()
    check((teacher, student), k, weighted=True)


def test_a_pair_without_projection_is_refused():
    teacher, student = (random_sample(kind, seed=6).build() for kind in (HeadSelection, MaxEnt))
    with pytest.raises(NoProjection, match="No projection of HeadSelection → Tokens"):
        best_target(teacher, student, 2, weighted=False)


@pytest.mark.parametrize("k", [1, 3])
def test_a_sentence_without_any_tree_teaches_the_output_of_argmax(k):
    """No arc of the second word has a label."""
    sample = random_sample(ArcLabels, seed=7, lengths=(3, 3), reach=9)
    sample.tables["heads"][0, 1] = -1
    f = sample.build()
    soft_target = best_target(f, f, k, weighted=False)
    assert (soft_target.weights > 0).sum(1).tolist() == [1, k]
    assert soft_target.entropy[0] == 0 and soft_target.expected.tokens[0].equal(f.indicator(f.argmax).tokens[0])
