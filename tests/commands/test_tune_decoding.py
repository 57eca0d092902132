"""`allennlp skd-tune-decoding` writes a decoding into an archive, which all that read it then follow."""

import json
import shutil
from pathlib import Path
from typing import Any, List

import pytest
import spacy
from allennlp.predictors import Predictor
from spacy.tokens import Doc

import skd_plugin.plugin  # noqa: F401
from skd_plugin.archives import load, read, read_config, with_model_options
from skd_plugin.data import ConllNer
from tests.commands import allennlp
from tests.untrained import make_archive

GOLD = "fixtures/ner.conll"
LOW = 0.06
TEXT = "fixtures/unlabelled.txt"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("tuning") / "run", {}, type="skd_maxent_tagger")


@pytest.fixture
def archive(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path / "model.tar.gz"))


@pytest.fixture(scope="module")
def gold(original: Path) -> Path:
    """A file whose gold entities are those of the model for a low threshold, so that to tune it is worth something."""
    low, file = original.with_name("low.tar.gz"), original.with_name("gold.conll")
    with_model_options(original, low, {"decoding": {"type": "threshold", "threshold": LOW}})
    lines = []
    for instance, entities in zip(ConllNer().read(GOLD), predicted(low)):
        tags = ["O"] * len(instance["metadata"]["words"])
        for kind, start, end in entities:
            tags[start:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)]
        lines += [*map(" ".join, zip(instance["metadata"]["words"], tags)), ""]
    file.write_text("\n".join(lines))
    return file


def test_the_tuned_threshold_is_in_the_archive(archive: Path, gold: Path, capsys: pytest.CaptureFixture):
    allennlp("skd-tune-decoding", archive, gold)
    printed = capsys.readouterr().out
    decoding = read_config(archive)["model"]["decoding"]
    assert decoding["type"] == "threshold" and f"Wrote {archive} with decoding = {decoding}" in printed
    rows = [line.split("  ")[0] for line in printed.splitlines() if line.endswith(("F1", *"0123456789"))]
    assert rows[:2] == ["decoding", "most_probable"] and rows[2].startswith("expected_f1, f1 = ")
    assert rows[3] == f"threshold = {decoding['threshold']:g} (tuned)"
    assert "in nine of ten resamples" in printed
    assert decoding["threshold"] == pytest.approx(LOW, abs=0.03)
    assert load(archive).model.decoding.name == "threshold"


def test_evaluate_predict_and_spacy_return_the_same_entities(archive: Path, tmp_path: Path):
    before = [entity for entities in predicted(archive) for entity in entities]
    allennlp("skd-tune-decoding", archive, TEXT, "--unlabelled")
    expected = predicted(archive)
    assert [entity for entities in expected for entity in entities] != before
    allennlp("evaluate", archive, GOLD, "--output-file", tmp_path / "metrics.json")
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    sentences = list(ConllNer().read(GOLD))
    total = sum(map(len, expected))
    hits = sum(len(gold_entities(instance) & set(found)) for instance, found in zip(sentences, expected))
    assert metrics["precision-overall"] == pytest.approx(hits / total)
    allennlp("skd-export", archive, tmp_path / "pipeline")
    nlp = spacy.load(tmp_path / "pipeline")
    docs = list(nlp.pipe(Doc(nlp.vocab, words=instance["metadata"]["words"]) for instance in sentences))
    assert [[(one.label_, one.start, one.end) for one in doc.ents] for doc in docs] == expected
    assert all(0 < score < 1 for doc in docs for score in doc.spans["skd"].attrs["scores"])
    assert read(archive).config["model"]["decoding"]["type"] == "expected_f1"
    assert nlp.meta["skd_plugin"]["components"]["skd_ner"]["decoding"] == read_config(archive)["model"]["decoding"]


def predicted(archive: Path) -> List[List[Any]]:
    predictor = Predictor.from_path(str(archive))
    outputs = [predictor.predict_words(instance["metadata"]["words"]) for instance in ConllNer().read(GOLD)]
    return [[(one["type"], one["start"], one["end"]) for one in output["entities"]] for output in outputs]


def gold_entities(instance: Any) -> set:
    from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans

    spans = bioul_tags_to_spans(instance["metadata"]["tags"])
    return {(kind, first, last + 1) for kind, (first, last) in spans}


def test_a_model_of_which_the_most_probable_entities_are_best_stays_as_it_is(
    archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setattr("skd_plugin.models.Tuned.is_better", False)
    before = archive.read_bytes()
    allennlp("skd-tune-decoding", archive, GOLD)
    printed = capsys.readouterr().out
    assert "So most_probable, the default, is at least as good." in printed and "stays as it is" in printed
    assert archive.read_bytes() == before


@pytest.mark.parametrize("options", [["--dry-run"], ["--output", "out.tar.gz"], ["--unlabelled", "--dry-run"]])
def test_the_archive_is_not_changed(archive: Path, options: List[str], monkeypatch: pytest.MonkeyPatch):
    before, file = archive.read_bytes(), Path(TEXT if "--unlabelled" in options else GOLD).absolute()
    monkeypatch.chdir(archive.parent)
    allennlp("skd-tune-decoding", archive, file, *options)
    assert archive.read_bytes() == before
    assert Path("out.tar.gz").exists() == ("--output" in options)


def test_another_file_is_replaced_only_by_force(archive: Path, gold: Path, tmp_path: Path):
    (tmp_path / "out.tar.gz").write_bytes(b"of great value")
    with pytest.raises(SystemExit, match=r"out.tar.gz exists already. Name another file, or .* --force"):
        allennlp("skd-tune-decoding", archive, GOLD, "--output", tmp_path / "out.tar.gz")
    allennlp("skd-tune-decoding", archive, gold, "--output", tmp_path / "out.tar.gz", "--force")
    assert read_config(tmp_path / "out.tar.gz")["model"]["decoding"]["type"] == "threshold"


def test_a_file_without_entities_is_refused(archive: Path, tmp_path: Path):
    (tmp_path / "none.conll").write_text("Nobody O\ncame O\n")
    with pytest.raises(SystemExit, match=r"none.conll has 1 sentences and no entity .* the option --unlabelled"):
        allennlp("skd-tune-decoding", archive, tmp_path / "none.conll")


def test_a_type_that_the_model_lacks_counts_as_missed(archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    (tmp_path / "other.conll").write_text("Anna B-GOD\ncame O\n")
    allennlp("skd-tune-decoding", archive, tmp_path / "other.conll", "--dry-run")
    assert "1 sentences, 1 entities" in capsys.readouterr().out


def test_a_folder_is_refused(archive: Path):
    with pytest.raises(SystemExit, match="is a folder, expected the model.tar.gz of a model"):
        allennlp("skd-tune-decoding", archive.parent, GOLD)


def test_a_model_without_entities_is_refused(tmp_path: Path):
    labels = {"labels": ["NOUN", "VERB"], "tokens": ["a"]}
    archive = make_archive(tmp_path / "pos", labels, type="skd_maxent_tagger")
    with pytest.raises(SystemExit, match="is a MaxEntTagger that finds no entities, so there is nothing to"):
        allennlp("skd-tune-decoding", archive, GOLD)
