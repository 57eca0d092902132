"""Metrics of tags: which are reported, and span F1 beside AllenNLP's, in one process and in two."""

import pytest
import torch
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.data import Vocabulary
from allennlp.training.metrics import SpanBasedF1Measure
from torch.nn.functional import one_hot

from skd_plugin.models.tagging.metrics import SpanF1, TaggingMetrics
from skd_plugin.structures import MaxEnt

SCORES = ("precision", "recall", "f1-measure")
LABELS = ("O", "B-PER", "I-PER", "L-PER", "U-PER", "U-LOC", "U-ORG")


def test_nothing_is_reported_before_anything_was_scored():
    metrics = TaggingMetrics(("O", "U-PER"))
    assert metrics.get(reset=False) == {}
    tags = torch.tensor([[1, 0]])
    metrics(tags, tags, torch.zeros(1, 2, dtype=torch.bool))
    assert metrics.get(reset=False) == {}


def test_entity_labels_have_span_f1_beside_accuracy():
    metrics = TaggingMetrics(("O", "U-PER"))
    metrics(torch.tensor([[1, 0, 1]]), torch.tensor([[1, 0, 0]]), torch.tensor([[True, True, False]]))
    overall = {"accuracy": 1.0, **{f"{name}-overall": 1.0 for name in SCORES}}
    assert metrics.get(reset=False) == overall
    assert metrics.get(reset=True) == {**overall, **{f"{name}-PER": 1.0 for name in SCORES}}
    assert metrics.get(reset=True) == {}


def test_plain_labels_have_accuracy_alone():
    metrics = TaggingMetrics(("NOUN", "VERB"))
    metrics(torch.tensor([[1, 0]]), torch.tensor([[1, 1]]), torch.tensor([[True, True]]))
    assert metrics.get(reset=False) == {"accuracy": 0.5}


def random_tags(seed, mask):
    """Well-formed tags of random sentences."""
    scores = torch.randn(*mask.shape, len(LABELS), generator=torch.Generator().manual_seed(seed))
    return MaxEnt(scores, mask, LABELS).argmax


def test_span_f1_agrees_with_allennlp():
    lengths = torch.randint(1, 12, (60,), generator=torch.Generator().manual_seed(0))
    mask = torch.arange(12) < lengths.unsqueeze(1)
    reference = SpanBasedF1Measure(Vocabulary(tokens_to_add={"labels": list(LABELS)}), "labels", label_encoding="BIOUL")
    metric = SpanF1(LABELS)
    for seed in range(3):
        predicted, gold = random_tags(seed, mask), random_tags(seed + 10, mask)
        reference(one_hot(predicted, len(LABELS)), gold, mask)
        metric(predicted, gold, mask)
    assert metric.get_metric() == pytest.approx(reference.get_metric())


def test_types_that_never_occur_are_left_out():
    metric = SpanF1(LABELS)
    metric(torch.tensor([[4, 0]]), torch.tensor([[4, 5]]))
    assert metric.get_metric(reset=True) == {
        "precision-overall": 1.0,
        "recall-overall": 0.5,
        "f1-measure-overall": pytest.approx(2 / 3),
        **{f"{name}-PER": 1.0 for name in SCORES},
        **{f"{name}-LOC": 0.0 for name in SCORES},
    }
    assert metric.get_metric() == {f"{name}-overall": 0.0 for name in SCORES}


def test_a_gold_entity_of_an_unknown_type_is_a_missed_one():
    metrics = TaggingMetrics(LABELS)
    predicted, gold = torch.tensor([[4, 0, 0], [4, 0, 0]]), torch.tensor([[4, -2, -2], [4, 0, 0]])
    metrics(predicted, gold, torch.ones(2, 3, dtype=torch.bool), {0: ["U-PER", "B-MISC", "L-MISC"]})
    assert metrics.get(reset=True) == {
        "accuracy": 4 / 6,
        "precision-overall": 1.0,
        "recall-overall": 2 / 3,
        "f1-measure-overall": pytest.approx(4 / 5),
        **{f"{name}-PER": 1.0 for name in SCORES},
    }


def test_a_tag_that_only_the_vocabulary_lacks_may_be_right():
    """A model of spans has all tags of a type, also if the vocabulary has not."""
    metrics = TaggingMetrics(LABELS)
    metrics(
        torch.tensor([[1, 2, 3]]), torch.tensor([[1, -2, 3]]), torch.ones(1, 3).bool(), {0: ["B-PER", "I-PER", "L-PER"]}
    )
    assert metrics.get(reset=False) == {"accuracy": 1.0, **{f"{name}-overall": 1.0 for name in SCORES}}


@pytest.mark.slow
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
