"""Score matching does not depend on the temperature, has a scale, and is a weighted sum over teachers."""

import pytest

from skd_plugin.distillation.loss import soft_loss
from skd_plugin.distillation.objectives import LocalSubstructure
from skd_plugin.structures import LinearChain
from skd_plugin.structures.projections.score_matching import squared_distance
from tests.structures.samples.sample import close, random_sample


@pytest.fixture
def chains():
    return [random_sample(LinearChain, seed).build() for seed in range(3)]


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_the_temperature_changes_nothing(chains, temperature):
    teacher, student, _ = chains
    loss, metrics = soft_loss(LocalSubstructure(), [(1.0, teacher)], student, temperature, "error")
    close(loss, squared_distance(teacher, student))
    close(metrics.pop("kd_distance"), squared_distance(teacher, student))
    assert not metrics


def test_the_scale_is_that_of_the_loss_and_not_of_the_metric(chains):
    teacher, student, _ = chains
    loss, metrics = soft_loss(LocalSubstructure(scale=0.01), [(1.0, teacher)], student, 1.0, "error")
    close(loss, 0.01 * squared_distance(teacher, student))
    close(metrics["kd_distance"], squared_distance(teacher, student))


def test_several_teachers_are_a_weighted_sum(chains):
    one, other, student = chains
    loss, _ = LocalSubstructure()([(0.25, one), (0.75, other)], student, 1.0, "error")
    close(loss, 0.25 * squared_distance(one, student) + 0.75 * squared_distance(other, student))


def test_the_gradient_is_that_of_the_squares():
    teacher = random_sample(LinearChain, 0, lengths=(2,))
    student = random_sample(LinearChain, 1, lengths=(2,)).leaves()
    loss, metrics = LocalSubstructure()([(1.0, teacher.build())], student.build(), 1.0, "error")
    assert not metrics["kd_distance"].requires_grad
    loss.sum().backward()
    end, transitions = (student.potentials[name] - teacher.potentials[name] for name in ("end", "transitions"))
    last = student.potentials["emissions"][0, 1] - teacher.potentials["emissions"][0, 1] + end
    close(student.potentials["transitions"].grad, (2 / transitions.numel() * (last + transitions)).detach())
