"""What an archive and the folder of its run say of a model's training."""

from pathlib import Path
from typing import Any

import pytest

from skd_plugin.archives import with_model_options
from skd_plugin.cards.facts import Facts
from skd_plugin.cards.provenance import provenance
from tests.cards.runs import (
    CONFIG,
    DISTILLER,
    FACTS,
    METRICS,
    RECORDED,
    write,
    write_archive,
    write_recorded_run,
    write_run,
)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "secret" / "run")


def test_everything_of_a_run(run: Path):
    known = provenance(run / "model.tar.gz")
    assert known.kind == "skd_crf_tagger" and known.transformers == []
    assert known.data == {"training": ["a.conll", "b.conll", "more.txt"], "validation": ["a.conll"]}
    assert known.teachers == RECORDED
    assert known.distillation == {name: DISTILLER[name] for name in ("objective", "interpolation", "temperature")}
    assert known.metrics == METRICS
    assert provenance(run) == known


def test_an_archive_that_has_all_of_it(tmp_path: Path):
    """It may be anywhere, and its decoding may have been tuned."""
    run = write_recorded_run(tmp_path / "run")
    archive = (run / "model.tar.gz").rename(tmp_path / "student.tar.gz")
    known = provenance(archive)
    assert known.teachers == RECORDED and known.metrics == METRICS and known.changed == ()
    assert known.facts == Facts(**{**FACTS, "labels": ("PER", "LOC")}) and known.recipe["trainer"] == {"num_epochs": 1}
    assert provenance(run) == known
    with_model_options(archive, archive, {"decoding": {"type": "expected_f1", "f1": 0.5}})
    known = provenance(archive)
    assert known.changed == ("decoding",) and known.metrics == {} and known.teachers == RECORDED


@pytest.mark.parametrize("odd", [3, [], {"options": 3}, {"options": {}, "labels": 3, "sentences": [1], "steps": "x"}])
def test_nothing_is_taken_of_an_odd_record(tmp_path: Path, odd: Any):
    run = write_recorded_run(tmp_path / "run")
    write(run / "training.json", odd)
    write_archive(run, CONFIG, "training.json")
    assert provenance(run / "model.tar.gz").facts._replace(options=None) == Facts()


def test_teachers_of_other_libraries(run: Path):
    """They have no archive. Their names are in the record."""
    callbacks = [{**DISTILLER, "teachers": [{"type": "huggingface", "model": "/home/anna/bert"}]}]
    config = {**CONFIG, "trainer": {"callbacks": callbacks}}
    write_archive(run, config)
    assert provenance(run / "model.tar.gz").teachers == [{"name": "huggingface"}]
    write(run / "teachers.json", RECORDED[:1])
    assert provenance(run / "model.tar.gz").teachers == RECORDED[:1]


def test_an_archive_alone(run: Path, tmp_path: Path):
    (run / "model.tar.gz").rename(tmp_path / "student.tar.gz")
    known = provenance(tmp_path / "student.tar.gz")
    assert known.teachers == [{"name": "large"}, {"name": "other.tar.gz"}] and known.metrics == {}


def test_beside_another_run(run: Path):
    """Its metrics are not those of the archive."""
    write(run / "config.json", {**CONFIG, "random_seed": 1})
    known = provenance(run / "model.tar.gz")
    assert known.teachers == [{"name": "large"}, {"name": "other.tar.gz"}] and known.metrics == {}


def test_an_archive_whose_decoding_was_tuned(run: Path):
    """It is that of the run, but the metrics are those of other entities."""
    decoding = {"type": "threshold", "threshold": 0.2}
    with_model_options(run / "model.tar.gz", run / "model.tar.gz", {"decoding": decoding})
    known = provenance(run / "model.tar.gz")
    assert known.decoding == decoding and known.teachers == RECORDED and known.metrics == {}
    write(run / "config.json", {**CONFIG, "model": {**CONFIG["model"], "decoding": decoding}})
    assert provenance(run / "model.tar.gz").metrics == METRICS


def test_an_archive_that_was_calibrated(run: Path):
    """Its best entities are those of the run. Entities above a threshold are others."""
    archive = run / "model.tar.gz"
    with_model_options(archive, archive, {"temperature": 1.5})
    known = provenance(archive)
    assert known.temperature == 1.5 and known.teachers == RECORDED and known.metrics == METRICS
    decoding = {"type": "threshold", "threshold": 0.2}
    with_model_options(archive, archive, {"decoding": decoding})
    write(run / "config.json", {**CONFIG, "model": {**CONFIG["model"], "decoding": decoding}})
    assert provenance(archive).metrics == {}


def test_what_the_run_of_a_continued_model_says(run: Path):
    """The config of its archive is the one that stands alone."""
    (run / "config.json").rename(run / "standalone_config.json")
    write(run / "config.json", {**CONFIG, "model": {"type": "from_archive", "archive_file": "/home/anna/first.tar.gz"}})
    assert provenance(run / "model.tar.gz").metrics == METRICS


def test_the_name_of_a_transformer(run: Path):
    indexer = {"type": "pretrained_transformer_mismatched", "model_name": "/home/anna/bert"}
    write_archive(run, {**CONFIG, "dataset_reader": {"type": "skd_conll_ner", "token_indexers": {"tokens": indexer}}})
    assert provenance(run / "model.tar.gz").transformers == ["bert"]


@pytest.mark.parametrize("odd", [None, 3, "skd_distiller", [], {}, {"callbacks": 3}, {"callbacks": [{"teachers": 3}]}])
def test_nothing_is_known_of_an_odd_training(run: Path, odd: Any):
    write_archive(run, {"dataset_reader": "skd_conll_ner", "model": "skd_crf_tagger", "trainer": odd})
    (run / "metrics.json").write_text("no JSON")
    assert provenance(run / "model.tar.gz")[:8] == ("skd_crf_tagger", [], {}, [], {}, {}, None, None)
