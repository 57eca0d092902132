"""Parsers teach parsers in `allennlp train`. Lost mass is reported, and approximate marginals are warned of once."""

import logging

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.structures import LabelMismatch
from tests.distillation.runs import epochs, taught_by, train
from tests.recipes import MANY_STEPS

pytestmark = pytest.mark.slow

TREES = {"model.type": "skd_biaffine_parser", "model.factorization": "non_projective_tree"}


@pytest.fixture
def warned():
    """The plugin's warnings. (AllenNLP replaces the handlers of the root logger, and with them that of caplog.)"""
    messages, handler = [], logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())
    logging.getLogger("skd_plugin").addHandler(handler)
    yield messages
    logging.getLogger("skd_plugin").removeHandler(handler)


def test_arcs_without_a_label_are_refused_by_default(biaffine, tmp_path):
    with pytest.raises((ConfigurationError, LabelMismatch), match="no label for one of their arcs.*'renormalize'"):
        train("distilled_parser", tmp_path / "run", taught_by(biaffine))


def test_arcs_without_a_label_are_left_out_and_reported(biaffine, tmp_path, warned):
    train("distilled_parser", tmp_path / "run", taught_by(biaffine, label_policy="renormalize"))
    metrics = epochs(tmp_path / "run")[-1]
    assert 0 < metrics["training_kd_lost_mass"] < 1 and metrics["training_kd_kl"] >= 0
    assert 0 < metrics["validation_arcs_with_label"] <= 1
    [message] = (message for message in warned if "cannot produce" in message)
    assert "The teacher (HeadSelection) may give" in message and "the student (ArcLabels) cannot" in message


def test_a_tree_student_is_taught_by_trees(biaffine, tmp_path, warned):
    train("distilled_parser", tmp_path / "run", {**taught_by(biaffine), **TREES})
    assert 0 < epochs(tmp_path / "run")[-1]["training_kd_lost_mass"] < 1
    [message] = (message for message in warned if "cannot produce" in message)
    assert "the student (NonProjectiveTree)" in message


def test_a_biaffine_student_loses_nothing(biaffine, tmp_path, warned):
    train("distilled_parser", tmp_path / "run", {**taught_by(biaffine), "model.type": "skd_biaffine_parser"})
    assert "training_kd_lost_mass" not in epochs(tmp_path / "run")[-1]
    assert not warned


def test_mean_field_is_warned_of_once(second_order, tmp_path, warned):
    train("distilled_parser", tmp_path / "run", {**taught_by(second_order), "model.type": "skd_biaffine_parser"})
    [message] = (message for message in warned if "mean field" in message)
    assert message == "The teacher is a SecondOrder. Its marginals are approximate, found by mean field."


def test_a_student_taught_without_gold_comes_near_its_teacher(biaffine, tmp_path):
    alone = taught_by(biaffine, interpolation=1.0)
    small = {"model.type": "skd_biaffine_parser", "model.arc_dim": 8, "model.relation_dim": 6}
    train("distilled_parser", tmp_path / "run", {**alone, **MANY_STEPS, **small})
    divergences = [metrics["training_kd_kl"] for metrics in epochs(tmp_path / "run")]
    assert divergences[-1] < 0.5 * divergences[0]
