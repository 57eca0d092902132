"""A whole distillation run: its metrics, its archive, and the two extremes λ = 0 and λ = 1."""

import json

import pytest
import torch
from allennlp.commands.evaluate import evaluate_from_archive
from allennlp.models import load_archive
from allennlp.training import TrainerCallback
from tensorboardX.proto.event_pb2 import Event

from skd_plugin.cards.provenance import provenance
from skd_plugin.models import GoldCrossEntropy
from tests.distillation.runs import assert_same_weights, epochs, prepare, taught_by, train, weights
from tests.recipes import MANY_STEPS
from tests.teachers import fingerprint

pytestmark = pytest.mark.slow

LABELLED_ONLY = {"train_data_path": {"labelled": "fixtures/ner.conll"}}
KD_METRICS = {"kd_kl", "kd_teacher_entropy", "kd_hard_loss", "kd_agreement", "kd_lambda", "kd_temperature"}
OF_VALIDATION = {"kd_kl", "kd_teacher_entropy", "kd_agreement"}


@TrainerCallback.register("broken")
class Broken(TrainerCallback):
    def on_batch(self, *args, **kwargs):
        raise RuntimeError("out of memory")


def kd(metrics):
    return {name for name in metrics if "kd_" in name}


@pytest.fixture(scope="module")
def distilled(crf_teacher, tmp_path_factory):
    """A finished run with TensorBoard, whose teacher has been deleted."""
    directory = tmp_path_factory.mktemp("distilled")
    teacher = directory / "teacher.tar.gz"
    teacher.write_bytes(crf_teacher.read_bytes())
    overrides = taught_by(teacher)
    overrides["trainer.callbacks"].append({"type": "tensorboard", "summary_interval": 1})
    train("distilled", directory / "run", overrides)
    teacher.unlink()
    return directory / "run"


def test_the_metrics_are_those_of_training_and_of_validation(distilled):
    metrics = json.loads((distilled / "metrics.json").read_text())
    parts = {"training": KD_METRICS, "validation": OF_VALIDATION, "best_validation": OF_VALIDATION}
    assert kd(metrics) == {f"{part}_{name}" for part, names in parts.items() for name in names}
    assert "validation_f1-measure-overall" in metrics
    assert metrics["training_kd_lambda"] == 0.0
    assert [epoch["training_kd_lambda"] for epoch in epochs(distilled)] == pytest.approx([2 / 3, 1 / 3, 0])


def test_tensorboard_shows_the_metrics(distilled):
    [file] = (distilled / "log" / "train").iterdir()
    shown = set(scalars(file.read_bytes()))
    assert {f"train/{name}" for name in KD_METRICS} <= shown
    [file] = (distilled / "log" / "validation").iterdir()
    assert {name for name in scalars(file.read_bytes()) if "kd_" in name} == {
        f"validation/{name}" for name in OF_VALIDATION
    }


def scalars(records: bytes):
    """The names in a TensorBoard file: records of length (8 bytes), checksum (4), event, checksum (4)."""
    while records:
        length = int.from_bytes(records[:8], "little")
        event = Event.FromString(records[12 : 12 + length])
        yield from (value.tag for value in event.summary.value)
        records = records[16 + length :]


def test_the_run_tells_an_export_who_the_teacher_was(distilled, crf_teacher):
    known = provenance(distilled / "model.tar.gz")
    assert known.teachers == [{"name": "teacher.tar.gz", "fingerprint": fingerprint(crf_teacher)}]
    assert known.metrics["best_validation_loss"] > 0


def test_the_students_archive_needs_no_teacher_and_holds_none(distilled, tmp_path):
    alone = train("tagger", tmp_path, {"train_data_path.unlabelled": "fixtures/unlabelled.txt"})
    student = load_archive(distilled / "model.tar.gz").model
    assert isinstance(student.objective, GoldCrossEntropy)
    shapes = [{name: w.shape for name, w in model.state_dict().items()} for model in (student, alone)]
    assert shapes[0] == shapes[1]
    assert weights(distilled / "model.tar.gz").keys() == shapes[1].keys()

    metrics = evaluate_from_archive(distilled / "model.tar.gz", "fixtures/ner_dev.conll")
    assert "f1-measure-overall" in metrics and not kd(metrics)


@pytest.mark.parametrize("fails", [False, True])
def test_the_student_gets_its_objective_back(crf_teacher, tmp_path, fails):
    overrides = {**taught_by(crf_teacher), "trainer.num_epochs": 1}
    if fails:
        overrides["trainer.callbacks"].append({"type": "broken"})
    run = prepare("distilled", tmp_path, overrides)
    if fails:
        with pytest.raises(RuntimeError, match="out of memory"):
            run.run()
    else:
        run.run()
    assert isinstance(run.model.objective, GoldCrossEntropy)


def test_without_interpolation_it_is_plain_training(crf_teacher, tmp_path):
    train("tagger", tmp_path / "plain")
    train("distilled", tmp_path / "distilled", {**taught_by(crf_teacher, interpolation=0), **LABELLED_ONLY})
    plain, distilled = (weights(tmp_path / name / "model.tar.gz") for name in ("plain", "distilled"))
    assert_same_weights(distilled, plain)


def test_with_the_teacher_alone_the_student_becomes_the_teacher(crf_teacher, tmp_path):
    overrides = {
        **taught_by(crf_teacher, interpolation=1),
        **MANY_STEPS,
        "model.type": "skd_crf_tagger",
    }
    train("distilled", tmp_path, overrides)
    metrics = epochs(tmp_path)
    assert metrics[0]["training_kd_kl"] > 10 * metrics[-1]["training_kd_kl"] >= 0
    assert metrics[-1]["training_kd_agreement"] > 0.99


def test_lazy_data_in_another_process(crf_teacher, tmp_path):
    """They give the same weights also where λ changes with every batch."""
    whole = {
        "data_loader": {"batch_size": 4},
        "trainer.learning_rate_scheduler": None,
        "trainer.num_epochs": 1,
    }
    chunks = {**whole, "data_loader": {"batch_size": 4, "max_instances_in_memory": 8}}
    worker = {**whole, "data_loader": {"batch_size": 4, "max_instances_in_memory": 8, "num_workers": 1}}
    streamed = {**whole, "data_loader": {"type": "skd_streaming", "batch_size": 4, "shuffle": False, "num_workers": 1}}
    for name, overrides in {"whole": whole, "chunks": chunks, "worker": worker, "streamed": streamed}.items():
        train("distilled", tmp_path / name, {**taught_by(crf_teacher), **overrides})
    expected = weights(tmp_path / "whole" / "model.tar.gz")
    for name in ("chunks", "worker", "streamed"):
        assert_same_weights(weights(tmp_path / name / "model.tar.gz"), expected)


def test_accumulated_half_batches_are_one_batch(crf_teacher, tmp_path):
    common = {
        "trainer.optimizer": {"type": "sgd", "lr": 0.05},
        "trainer.learning_rate_scheduler": None,
        "trainer.num_epochs": 1,
        "model.dropout": 0.0,
    }
    big = {**common, "data_loader": {"batch_size": 8}}
    halves = {**common, "data_loader": {"batch_size": 4}, "trainer.num_gradient_accumulation_steps": 2}
    for name, overrides in {"big": big, "halves": halves}.items():
        train("distilled", tmp_path / name, {**taught_by(crf_teacher), **overrides})
    ours, theirs = (torch.load(tmp_path / name / "model_state_e1_b0.th") for name in ("halves", "big"))
    assert_same_weights(ours, theirs, tolerance=1e-5)
