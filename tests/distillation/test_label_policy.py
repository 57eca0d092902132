"""A student with fewer labels than its teacher is refused, or learns from the teacher without the other labels."""

from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation import lost_mass
from tests.distillation.runs import epochs, taught_by, train


@pytest.fixture
def fewer_labels(tmp_path):
    """A training set without organizations."""
    corpus = tmp_path / "fewer.conll"
    corpus.write_text(Path("fixtures/ner.conll").read_text().split("\n\n")[0] + "\n")
    return {"train_data_path.labelled": str(corpus), "validation_data_path": str(corpus)}


def test_the_default_is_to_refuse(crf_teacher, tmp_path, fewer_labels):
    message = "teacher has labels that the student lacks: .*I-ORG.*choose the label policy 'renormalize'"
    with pytest.raises(ConfigurationError, match=message):
        train("distilled", tmp_path / "run", {**taught_by(crf_teacher), **fewer_labels})


@pytest.mark.parametrize("student", ["skd_maxent_tagger", "skd_crf_tagger"])
def test_the_lost_probability_is_reported(crf_teacher, tmp_path, fewer_labels, student, monkeypatch):
    monkeypatch.setattr(lost_mass, "LARGE", 0.0)  # how much it is depends on the processor's arithmetic
    overrides = taught_by(crf_teacher, label_policy="renormalize", interpolation=1.0)
    train("distilled", tmp_path / "run", {**overrides, **fewer_labels, "model.type": student})
    metrics = epochs(tmp_path / "run")[-1]
    assert 0 < metrics["training_kd_lost_mass"] < 1
    log = (tmp_path / "run" / "out.log").read_text().splitlines()
    [warning] = [line for line in log if "kd_lost_mass is 0" in line and "WARNING" in line]
    assert f"{metrics['training_kd_lost_mass']:.2g} on average over the first" in warning
    assert str(crf_teacher) in warning and "I-ORG" in warning and "`label_policy: 'renormalize'`" in warning
    assert metrics["training_kd_kl"] >= 0
