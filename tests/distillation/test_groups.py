"""Where a teacher's sentences cannot be in one batch, the loss is that of each sentence alone."""

import pytest
import torch

from skd_plugin.distillation.loss import DistillationLoss, soft_loss
from skd_plugin.distillation.objectives import Structural
from skd_plugin.distillation.progress import BEGINNING
from skd_plugin.distillation.schedule import ConstantSchedule
from skd_plugin.structures import ConstrainedChain, FlatSpans, HeadSelection, LinearChain, MaxEnt, ProjectiveTree
from tests.structures.samples.sample import close, random_sample

SENTENCES = [("a", "b", "c", "d"), ("b",), ("c", "a", "b")]
GROUPS = ["x", "y", "x"]


class Teacher:
    """As with a cross-fitted store: the sentences of each group have another model."""

    name, weight = "teacher", 1.0

    def __init__(self, kind):
        self._models = {group: random_sample(kind, seed).build() for seed, group in enumerate(sorted(set(GROUPS)))}

    def groups(self, sentences):
        return [GROUPS[SENTENCES.index(words)] for words in sentences]

    def __call__(self, sentences):
        [group] = set(self.groups(sentences))
        chosen = [SENTENCES.index(words) for words in sentences]
        parts = self._models[group].unstack()
        return type(self._models[group]).stack([parts[index] for index in chosen])


def loss_of(teacher):
    schedules = ConstantSchedule(0.5), ConstantSchedule(2.0)
    return DistillationLoss(Structural(), [teacher], *schedules, lambda: BEGINNING, "renormalize")


@pytest.mark.parametrize("is_kept", [False, True])
@pytest.mark.parametrize(
    "kind, student_kind",
    [
        (LinearChain, LinearChain),
        (LinearChain, MaxEnt),
        (ConstrainedChain, FlatSpans),
        (HeadSelection, ProjectiveTree),
    ],
)
def test_the_loss_of_a_batch_of_several_groups(kind, student_kind, is_kept):
    teacher = Teacher(kind)
    sample = random_sample(student_kind, seed=9)
    results = []
    for is_expected in (False, True):
        leaves = sample.leaves()
        student = leaves.build()
        if is_expected:
            pairs = [(teacher([words]), own) for words, own in zip(SENTENCES, student.unstack())]
            soft = [soft_loss(Structural(), [(1.0, one)], own, 2.0, "renormalize").loss for one, own in pairs]
            loss = torch.cat(soft)
        else:
            distillation = loss_of(teacher)
            if is_kept:
                distillation.keep_targets(SENTENCES, student.of_sentences(torch.tensor([0])))
            loss = distillation._soft(student, [{"words": list(words)} for words in SENTENCES]).loss
        weights = torch.arange(1.0, 4.0)
        results.append((loss.detach(), torch.autograd.grad((loss * weights).sum(), list(leaves.potentials.values()))))
    (ours, gradients), (expected, expected_gradients) = results
    close(ours, expected, 1e-6)
    for one, other in zip(gradients, expected_gradients):
        close(one, other, 1e-6)
