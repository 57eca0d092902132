"""The loss in training, compared with λ · T² · CE(teacher_T, student_T) + (1 − λ) · CE(gold, student) by hand."""

import copy

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data.data_loaders import allennlp_collate
from allennlp.models import load_archive
from allennlp.nn import RegularizerApplicator
from allennlp.nn.regularizers import L2Regularizer

from skd_plugin.distillation import DistillationObjective
from skd_plugin.distillation.loss import soft_loss
from skd_plugin.distillation.objectives import Structural
from skd_plugin.distillation.objectives.objective import SoftLoss
from skd_plugin.structures import (
    HeadSelection,
    LabelMismatch,
    LinearChain,
    MaxEnt,
    bioul,
    cross_entropy,
    kl_divergence,
    known_labels,
    project,
    with_labels,
)
from tests.distillation.runs import epochs, prepare, taught_by
from tests.structures.samples.sample import random_sample

pytestmark = pytest.mark.slow

ONE_BATCH = {
    "data_loader": {"batch_size": 99},
    "trainer.num_epochs": 1,
    "trainer.learning_rate_scheduler": None,
    "trainer.optimizer": {"type": "sgd", "lr": 0.1},
    "model.dropout": 0.0,
}


def teacher_distributions(archive, batch):
    """The teacher's distributions for a batch, all sentences at once, read with its own reader and vocabulary."""
    teacher = load_archive(archive)
    reader = teacher.validation_dataset_reader
    instances = [reader.text_to_instance(sentence["words"]) for sentence in batch["metadata"]]
    for instance in instances:
        reader.apply_token_indexers(instance)
        instance.index_fields(teacher.model.vocab)
    with torch.no_grad():
        return teacher.model.eval().factorize(allennlp_collate(instances)["tokens"])


def parts_of_the_loss(model, batch, archives, temperature=1.0):
    """CE(gold, student) of each sentence, CE(teacher, student) for each teacher, and which sentences have gold."""
    student = model.factorize(batch["tokens"])
    gold = batch["tags"].clamp(min=0)
    hard = student.cross_entropy(student.indicator(gold))
    teachers = [teacher_distributions(archive, batch).tempered(temperature) for archive in archives]
    soft = [cross_entropy(teacher, student.tempered(temperature)) for teacher in teachers]
    return hard, soft, batch["tags"][:, 0] >= 0


@pytest.mark.parametrize("student", ["skd_maxent_tagger", "skd_crf_tagger"])
@pytest.mark.parametrize("temperature", [1.0, 2.0])
@pytest.mark.parametrize("teacher", ["crf_teacher", "maxent_teacher"])
def test_the_loss_that_the_trainer_reports(request, tmp_path, student, temperature, teacher):
    archive = request.getfixturevalue(teacher)
    distiller = taught_by(archive, interpolation=0.3, temperature=temperature)
    run = prepare("distilled", tmp_path, {**ONE_BATCH, **distiller, "model.type": student})
    batch = next(iter(run.trainer.data_loader))
    untrained = copy.deepcopy(run.model)

    run.run()
    hard, [soft], known = parts_of_the_loss(untrained, batch, [archive], temperature)
    assert 0 < known.sum() < len(known)
    each = torch.where(known, 0.3 * temperature**2 * soft + 0.7 * hard, temperature**2 * soft)
    [metrics] = epochs(tmp_path)
    assert metrics["training_loss"] == pytest.approx(each.mean().item(), rel=1e-5)
    assert metrics["training_kd_hard_loss"] == pytest.approx(hard[known].mean().item(), rel=1e-5)
    kl = kl_divergence(
        teacher_distributions(archive, batch).tempered(temperature),
        untrained.factorize(batch["tokens"]).tempered(temperature),
    )
    assert metrics["training_kd_kl"] == pytest.approx(kl.mean().item(), rel=1e-4)
    assert metrics["training_kd_temperature"] == temperature
    assert metrics["training_kd_lambda"] == 0.3


@pytest.mark.parametrize("temperature", [2.0, {"type": "linear", "start": 2.0, "end": 1.0}])
def test_validation_is_compared_with_the_teacher_and_has_the_loss_of_gold(crf_teacher, tmp_path, temperature):
    """With targets that are kept, and with those that are computed in each batch."""
    distiller = taught_by(crf_teacher, temperature=temperature)
    run = prepare("distilled", tmp_path, {**ONE_BATCH, **distiller, "model.type": "skd_crf_tagger"})
    model, [batch] = run.model.eval(), list(run.trainer._validation_data_loader)
    expected = model(**batch)["loss"]
    alone = model.get_metrics(reset=True)
    run.trainer._callbacks[0].on_start(run.trainer)
    model.eval()
    torch.testing.assert_close(model(**batch)["loss"], expected)
    metrics = model.get_metrics(reset=True)
    student = model.factorize(batch["tokens"]).tempered(2.0)
    teacher = teacher_distributions(crf_teacher, batch).tempered(2.0)
    agreement = (project(teacher, student).choices == student.choices)[student.mask].double().mean().item()
    assert metrics.pop("kd_kl") == pytest.approx(kl_divergence(teacher, student).mean().item(), rel=1e-4)
    assert metrics.pop("kd_agreement") == pytest.approx(agreement)
    assert metrics.pop("kd_teacher_entropy") == pytest.approx(teacher.entropy.mean().item(), rel=1e-4)
    assert metrics == alone


def test_validation_goes_on_where_a_teacher_cannot_be_compared(crf_teacher, tmp_path, monkeypatch, caplog):
    run = prepare("distilled", tmp_path, {**ONE_BATCH, **taught_by(crf_teacher)})
    run.trainer._callbacks[0].on_start(run.trainer)
    batch = next(iter(run.trainer._validation_data_loader))
    calls = []

    def refused(*_):
        calls.append(1)
        raise ConfigurationError("These cannot be compared.")

    monkeypatch.setattr(run.model.objective, "_soft", refused)
    run.model.eval()
    assert run.model(**batch)["loss"] == run.model(**batch)["loss"]
    assert "kd_kl" not in run.model.get_metrics() and len(calls) == 1
    assert "is not compared with its teachers on the validation data. These cannot be" in caplog.text


def test_sentences_without_gold_learn_from_the_teacher_alone(crf_teacher, tmp_path):
    run = prepare("distilled", tmp_path, {**ONE_BATCH, **taught_by(crf_teacher, interpolation=0.0)})
    run.trainer._callbacks[0].on_start(run.trainer)
    batch = next(iter(run.trainer.data_loader))
    batch["tags"].fill_(-1)

    loss = run.trainer.batch_outputs(batch, for_training=True)["loss"]
    _, [soft], _ = parts_of_the_loss(run.model, batch, [crf_teacher])
    torch.testing.assert_close(loss, soft.mean())
    assert run.model.get_metrics().keys() == {
        "kd_kl",
        "kd_teacher_entropy",
        "kd_agreement",
        "kd_lambda",
        "kd_temperature",
    }


def test_teachers_are_mixed_by_their_weights(crf_teacher, maxent_teacher, tmp_path):
    distiller = taught_by(crf_teacher, maxent_teacher, interpolation=1.0)
    distiller["trainer.callbacks"][0]["teachers"][0]["weight"] = 3
    run = prepare("distilled", tmp_path, {**ONE_BATCH, **distiller, "model.type": "skd_crf_tagger"})
    run.trainer._callbacks[0].on_start(run.trainer)
    batch = next(iter(run.trainer.data_loader))

    output = run.trainer.batch_outputs(batch, for_training=True)
    student = run.model.factorize(batch["tokens"])
    parts = [project(teacher_distributions(archive, batch), student) for archive in (crf_teacher, maxent_teacher)]
    mixture = parts[0] * 0.75 + parts[1] * 0.25
    torch.testing.assert_close(output["loss"], student.cross_entropy(mixture).mean())


def test_a_regularizer_is_added_to_the_distillation_loss_once(crf_teacher, tmp_path):
    run = prepare("distilled", tmp_path, {**ONE_BATCH, **taught_by(crf_teacher)})
    run.trainer._callbacks[0].on_start(run.trainer)
    batch = next(iter(run.trainer.data_loader))
    without = run.trainer.batch_outputs(batch, for_training=True)["loss"]
    run.model._regularizer = RegularizerApplicator([(".*", L2Regularizer(0.01))])

    output = run.trainer.batch_outputs(batch, for_training=True)
    penalty = 0.01 * sum(weights.square().sum() for weights in run.model.parameters())
    torch.testing.assert_close(output["loss"], without + penalty)


def test_half_precision_is_close_to_float32(crf_teacher, tmp_path):
    run = prepare("distilled", tmp_path, {**ONE_BATCH, **taught_by(crf_teacher, temperature=2.0)})
    run.trainer._callbacks[0].on_start(run.trainer)
    batch = next(iter(run.trainer.data_loader))
    exact = run.trainer.batch_outputs(batch, for_training=True)["loss"]

    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = run.trainer.batch_outputs(batch, for_training=True)["loss"]
        assert run.model.factorize(batch["tokens"]).scores.dtype == torch.float32
    loss.backward()
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, exact, rtol=2e-2, atol=0)
    assert all(weights.grad.isfinite().all() for weights in run.model.parameters())


@pytest.mark.parametrize(
    "tempered, divisors, factor",
    [("both", (3.0, 3.0), 9.0), ("student", (1.0, 3.0), 9.0), ("neither", (1.0, 1.0), 1.0)],
)
def test_potentials_are_divided_as_the_objective_says(tempered, divisors, factor):
    class Recording(DistillationObjective):
        def __call__(self, teachers, student, temperature, policy):
            [(_, teacher)] = teachers
            self.scores = teacher.scores, student.scores
            return SoftLoss(torch.ones(len(student.mask)), {"temperature": torch.tensor(temperature)})

    objective = Recording()
    objective.tempered = tempered
    teacher, student = (random_sample(MaxEnt, seed).build() for seed in (0, 1))
    loss, metrics = soft_loss(objective, [(1.0, teacher)], student, 3.0, "error")
    for ours, theirs, divisor in zip(objective.scores, (teacher.scores, student.scores), divisors):
        torch.testing.assert_close(ours, theirs / divisor)
    assert loss.tolist() == [factor] * len(student.mask) and metrics["temperature"] == 3.0


@pytest.mark.parametrize("kind", [MaxEnt, LinearChain, HeadSelection])
@pytest.mark.parametrize("temperature", [0.01, 1000.0])
def test_at_the_extreme_temperatures_the_gradient_is_that_of_float64(kind, temperature):
    ours, theirs = (gradient(kind, temperature, precision) for precision in (torch.float32, torch.float64))
    torch.testing.assert_close(ours.double(), theirs, rtol=1e-2, atol=0)


def gradient(kind, temperature, precision):
    """The derivative of the loss in a factor of the student's potentials."""
    factor = torch.ones((), dtype=precision, requires_grad=True)
    teacher, student = (random_sample(kind, seed).map(lambda potential: potential.to(precision)) for seed in (0, 1))
    student = student.map(lambda potential: potential * factor)
    loss, _ = soft_loss(Structural(), [(1.0, teacher.build())], student.build(), temperature, "error")
    [derivative] = torch.autograd.grad(loss.sum(), factor)
    return derivative


def test_labels_that_do_not_fit_are_a_configuration_error_also_in_the_middle_of_training(crf_teacher, tmp_path):
    class Refusing(DistillationObjective):
        def __call__(self, *given):
            raise LabelMismatch("The teacher has labels that the student lacks.")

    run = prepare("distilled", tmp_path, {**ONE_BATCH, **taught_by(crf_teacher)})
    run.trainer._callbacks[0].change_loss(run.trainer)
    run.model.objective._objective = Refusing()
    with pytest.raises(ConfigurationError, match="labels that the student lacks"):
        run.trainer.batch_outputs(next(iter(run.trainer.data_loader)), for_training=True)


def test_teachers_that_know_different_labels_are_added_up():
    types = {"both": ("X", "Y"), "one": ("X",), "other": ("Y",)}
    samples = {
        name: random_sample(MaxEnt, seed, labels=bioul.tags(known)) for seed, (name, known) in enumerate(types.items())
    }
    teachers = [(weight, samples[name].build()) for name, weight in (("both", 0.5), ("one", 0.3), ("other", 0.2))]
    student = random_sample(LinearChain, 9, labels=bioul.tags(("X", "Y"))).build()
    ours = soft_loss(Structural(), teachers, student, 2.0, "error")
    expected = sum(
        weight * soft_loss(Structural(), [(1.0, teacher)], student, 2.0, "error").loss for weight, teacher in teachers
    )
    torch.testing.assert_close(ours.loss, expected)
    of_one = with_labels(student.tempered(2.0), known_labels(teachers[1][1], student))
    alone = soft_loss(Structural(), [(1.0, teachers[1][1])], student, 2.0, "error").loss
    torch.testing.assert_close(alone, 4 * cross_entropy(teachers[1][1].tempered(2.0), of_one))
    assert ours.metrics["kd_agreement"].shape == (int(student.mask.sum()),)
    assert (ours.metrics["kd_kl"] >= 0).all()


def test_a_student_learns_each_type_from_the_teacher_that_knows_it():
    """Two teachers of disjoint types have one student that satisfies both; gradient descent finds it."""
    teachers = [
        (0.5, random_sample(MaxEnt, seed, (2,), labels=bioul.tags((kind,)), scale=1.0).build())
        for seed, kind in enumerate("XY")
    ]
    scores = torch.zeros(1, 2, 9, dtype=torch.float64, requires_grad=True)
    labels = bioul.tags(("X", "Y"))
    optimizer = torch.optim.LBFGS([scores], max_iter=200, line_search_fn="strong_wolfe")

    def loss():
        student = MaxEnt(scores, teachers[0][1].mask, labels)
        value = soft_loss(Structural(), teachers, student, 1.0, "error").loss.sum()
        optimizer.zero_grad()
        value.backward()
        return value

    optimizer.step(loss)
    student = MaxEnt(scores.detach(), teachers[0][1].mask, labels)
    for _, teacher in teachers:
        known = with_labels(student, known_labels(teacher, student))
        expected = project(teacher, known).tokens
        torch.testing.assert_close(known.token_marginals, expected, atol=1e-4, rtol=0)
