"""Two processes learn the same as one does from the same batches, also after an interruption."""

import copy
from pathlib import Path

import pytest
import torch
import torch.distributed
from allennlp.commands.train import TrainModel
from allennlp.common.testing import run_distributed_test
from allennlp.common.util import prepare_environment

from skd_plugin.distillation.teachers.store import Store
from tests.distillation.power_cut import PowerCut, PowerCutCallback
from tests.distillation.runs import assert_same_weights, epochs, params, taught_by, train, weights
from tests.teachers import fingerprint

pytestmark = pytest.mark.slow

TWO = [-1, -1]
EXACT = {
    "model.dropout": 0.0,
    "trainer.optimizer": {"type": "sgd", "lr": 0.05},
    "trainer.learning_rate_scheduler": None,
    "trainer.num_epochs": 2,
}
UNLABELLED = ["Anna moved to Oslo", "Nobody called", "Omar works for Acme", "Thanks"]


def corpus(directory, unlabelled):
    """Four labelled sentences and some without labels. The reader takes them in turns, and so do the processes."""
    labelled = Path("fixtures/ner.conll").read_text().split("\n\n")[:4]
    (directory / "labelled.conll").write_text("\n\n".join(labelled) + "\n")
    (directory / "unlabelled.txt").write_text("\n".join(unlabelled) + "\n")
    return {
        "train_data_path.labelled": str(directory / "labelled.conll"),
        "train_data_path.unlabelled": str(directory / "unlabelled.txt"),
    }


def run_in_process(rank, world_size, device, overrides, directory):
    """What `allennlp train` does in each process after it has set up the process group."""
    trainer = {"local_rank": rank, "world_size": world_size, "distributed": True}
    experiment = params("distilled", {**overrides, **{f"trainer.{name}": trainer[name] for name in trainer}})
    prepare_environment(experiment)
    TrainModel.from_params(experiment, serialization_dir=str(directory), local_rank=rank).run()


def run_three_times(rank, world_size, device, overrides, directory):
    """A whole run, a run that is cut in its second epoch, and the latter resumed."""
    for name, cut in (("whole", None), ("cut", (1, 2)), ("cut", None)):
        PowerCutCallback.at = cut
        try:
            run_in_process(rank, world_size, device, overrides, directory / name)
        except PowerCut:
            assert cut
        torch.distributed.barrier()


def test_two_processes_take_the_steps_of_one(crf_teacher, tmp_path):
    alone = {**taught_by(crf_teacher, temperature=2.0), **corpus(tmp_path, UNLABELLED), **EXACT}
    shared = copy.deepcopy(alone)
    shared["trainer.callbacks"][0]["teachers"][0]["store"] = str(tmp_path / "store")
    train("distilled", tmp_path / "one", {**alone, "data_loader": {"batch_size": 4}})
    lazy = {"batch_size": 2, "max_instances_in_memory": 2}
    two = {**shared, "data_loader": lazy, "distributed": {"cuda_devices": TWO}}
    train("distilled", tmp_path / "two", two)

    archives = [tmp_path / name / "model.tar.gz" for name in ("two", "one")]
    assert_same_weights(*map(weights, archives), tolerance=1e-5)
    for ours, theirs in zip(epochs(tmp_path / "two"), epochs(tmp_path / "one")):
        for name in (
            "kd_kl",
            "kd_teacher_entropy",
            "kd_hard_loss",
            "kd_agreement",
            "kd_lambda",
            "kd_temperature",
            "loss",
        ):
            assert ours[f"training_{name}"] == pytest.approx(theirs[f"training_{name}"], rel=1e-4)
    scores = [epochs(tmp_path / name)[-1]["teacher_1_validation_accuracy"] for name in ("two", "one")]
    assert scores[0] == pytest.approx(scores[1])
    stored = Store(tmp_path / "store", fingerprint(crf_teacher))
    stored.open()
    assert len(stored) == 8 + 6, "the sentences of both processes, and those of the validation data"


def test_one_process_without_and_one_with_only_unlabelled_text(crf_teacher, tmp_path):
    """λ = 0, so the first process never asks the teacher. The second process has fewer batches."""
    overrides = {
        **taught_by(crf_teacher, interpolation=0),
        **corpus(tmp_path, UNLABELLED[:3]),
        **EXACT,
        "data_loader": {"batch_size": 1},
        "trainer.num_gradient_accumulation_steps": 2,
        "vocabulary": {"type": "from_files", "directory": str(crf_teacher)},
    }
    (tmp_path / "run").mkdir()
    run_distributed_test(TWO, run_in_process, overrides, tmp_path / "run")
    metrics = epochs(tmp_path / "run")[-1]
    assert metrics["training_kd_hard_loss"] > 0 and metrics["training_kd_kl"] > 0


@pytest.mark.parametrize("checkpointer", [{}, {"save_every_num_batches": 1}], ids=["epoch", "batch"])
def test_a_resumed_run_ends_with_the_same_weights(crf_teacher, tmp_path, checkpointer):
    overrides = {
        **taught_by(crf_teacher),
        "trainer.checkpointer": checkpointer,
        "vocabulary": {"type": "from_files", "directory": str(crf_teacher)},
    }
    overrides["trainer.callbacks"].append({"type": "power_cut"})
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    run_distributed_test(TWO, run_three_times, overrides, tmp_path)
    whole, cut = (torch.load(tmp_path / name / "model_state_e3_b0.th") for name in ("whole", "cut"))
    assert_same_weights(cut, whole)
