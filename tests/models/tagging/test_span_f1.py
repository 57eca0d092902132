"""Span F1 agrees with AllenNLP's measure, and is the same in one process and in two."""

import pytest
import torch
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.data import Vocabulary
from allennlp.training.metrics import SpanBasedF1Measure
from torch.nn.functional import one_hot

from skd_plugin.models.tagging.metrics import SpanF1
from skd_plugin.structures import MaxEnt

LABELS = ("O", "B-PER", "I-PER", "L-PER", "U-PER", "U-LOC", "U-ORG")


def random_tags(seed, mask):
    """Well-formed tags of random sentences."""
    scores = torch.randn(*mask.shape, len(LABELS), generator=torch.Generator().manual_seed(seed))
    return MaxEnt(scores, mask, LABELS).argmax


def test_it_agrees_with_allennlp():
    lengths = torch.randint(1, 12, (60,), generator=torch.Generator().manual_seed(0))
    mask = torch.arange(12) < lengths.unsqueeze(1)
    theirs = SpanBasedF1Measure(Vocabulary(tokens_to_add={"labels": list(LABELS)}), "labels", label_encoding="BIOUL")
    ours = SpanF1(LABELS)
    for seed in range(3):
        predicted, gold = random_tags(seed, mask), random_tags(seed + 10, mask)
        theirs(one_hot(predicted, len(LABELS)), gold, mask)
        ours(predicted, gold, mask)
    assert ours.get_metric() == pytest.approx(theirs.get_metric())


def test_types_that_never_occur_are_left_out():
    metric = SpanF1(LABELS)
    metric(torch.tensor([[4, 0]]), torch.tensor([[4, 5]]))
    assert metric.get_metric(reset=True) == {
        "precision-overall": 1.0,
        "recall-overall": 0.5,
        "f1-measure-overall": pytest.approx(2 / 3),
        **{f"{name}-PER": 1.0 for name in ("precision", "recall", "f1-measure")},
        **{f"{name}-LOC": 0.0 for name in ("precision", "recall", "f1-measure")},
    }
    assert metric.get_metric() == {f"{name}-overall": 0.0 for name in ("precision", "recall", "f1-measure")}


def test_two_processes_report_what_one_reports(tmp_path):
    """Without learning, both runs validate the same weights."""
    still = {
        "trainer.optimizer": {"type": "sgd", "lr": 0.0},
        "data_loader.batch_size": 1,
    }
    two = {**still, "distributed": {"cuda_devices": [-1, -1]}}
    metrics = [validation_metrics(tmp_path / name, changes) for name, changes in [("one", still), ("two", two)]]
    assert metrics[0] == pytest.approx(metrics[1])
    assert "best_validation_recall-PER" in metrics[0]


def validation_metrics(directory, overrides):
    params = Params.from_file("tests/models/configs/crf_ner.jsonnet", overrides)
    train_model(params, directory, include_package=["skd_plugin.data", "skd_plugin.models"])
    metrics = Params.from_file(directory / "metrics.json").as_dict()
    return {name: value for name, value in metrics.items() if name.startswith("best_validation")}
