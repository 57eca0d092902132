"""Soft targets that are kept give the loss, the gradients and the metrics of those that each batch computes anew."""

from types import SimpleNamespace

import pytest
import torch

from skd_plugin.distillation import kept_targets as module
from skd_plugin.distillation.loss import DistillationLoss, kept_loss, soft_loss
from skd_plugin.distillation.objectives import LocalSubstructure, Structural, TokenPosterior, Top1, TopK
from skd_plugin.distillation.progress import BEGINNING
from skd_plugin.distillation.schedule import ConstantSchedule, LinearSchedule
from skd_plugin.structures import (
    ArcLabels,
    FlatSpans,
    HeadSelection,
    IndependentSpans,
    LinearChain,
    MaxEnt,
    NonProjectiveTree,
    ProjectiveTree,
)
from tests.structures.samples.sample import close, random_sample

SENTENCES = [("a", "b", "c", "d"), ("b",), ("c", "a", "b")]
LONGEST = torch.tensor([0])
KINDS = [MaxEnt, LinearChain, FlatSpans, IndependentSpans, HeadSelection, NonProjectiveTree, ProjectiveTree]


class Teacher:
    """Gives its distributions of some of the sentences, in any order."""

    name, weight = "teacher", 1.0

    def __init__(self, distribution):
        self._distribution = distribution

    def groups(self, sentences):
        return [b""] * len(sentences)

    def __call__(self, sentences):
        return self._distribution.of_sentences(torch.tensor([SENTENCES.index(words) for words in sentences]))


def keep(objective, teachers, student, temperature=1.0):
    """What a loss keeps of these sentences."""
    loss = distillation_loss(objective, teachers, ConstantSchedule(temperature))
    loss.keep_targets(SENTENCES, student.of_sentences(LONGEST))
    return loss._kept


def distillation_loss(objective, teachers, temperature):
    stand_ins = [Teacher(teacher) for teacher in teachers]
    return DistillationLoss(objective, stand_ins, ConstantSchedule(0.5), temperature, lambda: BEGINNING, "renormalize")


def compare(objective, kinds, student_kind, temperature):
    teachers = [random_sample(kind, seed).build() for seed, kind in enumerate(kinds)]
    sample = random_sample(student_kind, seed=9)
    results = []
    for is_kept in (False, True):
        leaves = sample.leaves()
        student = leaves.build()
        if is_kept:
            target = keep(objective, teachers, student, temperature)(SENTENCES, student)
            soft = kept_loss(objective, target, student, temperature)
        else:
            mixture = [(1 / len(teachers), teacher) for teacher in teachers]
            soft = soft_loss(objective, mixture, student, temperature, "renormalize")
        gradients = torch.autograd.grad(soft.loss.sum(), list(leaves.potentials.values()))
        results.append((soft, gradients))
    (computed, gradients), (kept, kept_gradients) = results
    close(kept.loss.detach(), computed.loss.detach())
    for one, other in zip(kept_gradients, gradients):
        close(one, other)
    assert kept.metrics.keys() == computed.metrics.keys()
    for name, values in computed.metrics.items():
        assert kept.metrics[name].tolist() == pytest.approx(values.tolist(), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize("kind", KINDS)
def test_the_teachers_distribution(kind, temperature):
    compare(Structural(), [kind], kind, temperature)


@pytest.mark.parametrize("kinds", [(MaxEnt, LinearChain), (HeadSelection, ProjectiveTree)])
def test_two_teachers_of_which_the_second_may_lose_probability(kinds):
    compare(Structural(), kinds, kinds[1], 1.0)


@pytest.mark.parametrize("kind", [LinearChain, HeadSelection])
@pytest.mark.parametrize("objective", [Top1(), TopK(2), TokenPosterior()])
def test_other_objectives(kind, objective):
    compare(objective, [kind], kind, 2.0)


def test_a_batch_with_an_unknown_sentence_has_none():
    student = random_sample(MaxEnt, seed=1).build()
    kept = keep(Structural(), [random_sample(MaxEnt, seed=0).build()], student)
    assert kept([SENTENCES[2], ("unknown",)], student) is None
    target = kept([SENTENCES[2], SENTENCES[1]], student)
    assert target.expected.tokens.shape[:2] == (2, 3)


def test_targets_that_do_not_fit_are_not_kept(monkeypatch):
    student = random_sample(MaxEnt, seed=1).build()
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    assert keep(Structural(), [student], student) is None


def test_what_is_kept_says_how_much_it_is():
    student = random_sample(MaxEnt, seed=1).build()
    loss = distillation_loss(Structural(), [student], ConstantSchedule(1.0))
    assert loss.kept is None
    loss.keep_targets(SENTENCES, student.of_sentences(LONGEST))
    words, labels = sum(map(len, SENTENCES)), len(student.labels)
    assert len(loss.kept) == len(SENTENCES)
    assert loss.kept.num_bytes >= words * labels * student.log_partition.itemsize


def test_labels_whose_arcs_depend_on_the_sentence_are_not_kept():
    student = random_sample(ArcLabels, seed=1).build()
    assert keep(Structural(), [random_sample(ArcLabels, seed=0).build()], student) is None


@pytest.mark.parametrize(
    "objective, temperature",
    [(Structural(), LinearSchedule(4.0, 1.0)), (LocalSubstructure(), ConstantSchedule(1.0))],
)
def test_what_changes_or_has_no_target_is_not_kept(objective, temperature):
    student = random_sample(MaxEnt, seed=1).build()
    loss = distillation_loss(objective, [student], temperature)
    loss.keep_targets(SENTENCES, student.of_sentences(LONGEST))
    assert loss._kept is None


def test_the_loss_uses_what_is_kept():
    """With kept targets no teacher is asked again."""
    student = random_sample(MaxEnt, seed=1).build()
    loss = distillation_loss(Structural(), [random_sample(MaxEnt, seed=0).build()], ConstantSchedule(1.0))
    metadata = [{"words": list(words)} for words in SENTENCES]
    gold = SimpleNamespace(parts=student.marginals, known=torch.ones(3, dtype=torch.bool))
    computed = loss(student, gold, metadata)
    loss.keep_targets(SENTENCES, student.of_sentences(LONGEST))
    loss._teachers = []
    close(loss(student, gold, metadata).detach(), computed.detach())
