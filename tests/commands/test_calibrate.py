"""`allennlp skd-calibrate` writes a temperature and thresholds into a new archive, which all that read it follow."""

from pathlib import Path
from typing import Any, List

import pytest
import spacy
from allennlp.common.checks import ConfigurationError
from spacy.tokens import Doc

from skd_plugin.archives import load, read_config, with_model_options
from skd_plugin.commands.calibrate import calibrate, labelled_batches
from skd_plugin.data import ConllNer
from skd_plugin.distillation import ArchivedModel
from skd_plugin.models import TypeThreshold
from skd_plugin.structures import likely_spans
from tests.commands import allennlp
from tests.untrained import make_archive

SENTENCES = "fixtures/ner.conll"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("calibration") / "run", {}, type="skd_crf_tagger")


@pytest.fixture(scope="module")
def gold(archive: Path) -> Path:
    """A file whose gold tags are the best or the second-best ones of the model, so that there is a temperature."""
    loaded = load(archive)
    [batch] = labelled_batches(loaded, loaded.reader.read(SENTENCES))
    best = batch.distribution.n_best(2).structures
    file, lines = archive.with_name("gold.conll"), []
    for row, sentence in enumerate(batch.metadata):
        tags = [loaded.model.labels[tag] for tag in best[row, row % 2].tolist()]
        tags = [tag.replace("U-", "B-").replace("L-", "I-") for tag in tags]
        lines += [*map(" ".join, zip(sentence["words"], tags)), ""]
    file.write_text("\n".join(lines))
    return file


def calibrated(archive: Path, gold: Path, tmp_path: Path, *options: Any) -> Path:
    allennlp("skd-calibrate", archive, gold, "--output", tmp_path / "out.tar.gz", *options)
    return tmp_path / "out.tar.gz"


def words() -> List[List[str]]:
    return [instance["metadata"]["words"] for instance in ConllNer().read(SENTENCES)]


def test_the_temperature_is_in_the_new_archive(
    archive: Path, gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture
):
    before = archive.read_bytes()
    out = calibrated(archive, gold, tmp_path)
    assert archive.read_bytes() == before
    temperature = load(out).model.temperature
    assert temperature == pytest.approx(calibrate(archive, str(gold)).fitted.temperature, abs=1e-4) and temperature != 1
    printed = capsys.readouterr().out
    assert f"Wrote {out} with temperature = {temperature:g}" in printed and "-log P(gold) before" in printed
    again = tmp_path / "again.tar.gz"
    allennlp("skd-calibrate", out, gold, "--output", again)
    assert load(again).model.temperature == temperature


def test_teachers_and_spacy_give_the_calibrated_probabilities(archive: Path, tmp_path: Path):
    out = tmp_path / "out.tar.gz"
    with_model_options(archive, out, {"temperature": 2, "decoding": {"type": "threshold", "threshold": 0.05}})
    loaded = load(archive)
    [batch] = labelled_batches(loaded, loaded.reader.read(SENTENCES))
    expected = batch.distribution.tempered(2)
    teacher = ArchivedModel(str(out))
    teacher.load(expected.mask.device)
    ours = teacher.factorize([tuple(sentence["words"]) for sentence in batch.metadata])
    assert ours.log_partition.equal(expected.log_partition)
    allennlp("skd-export", out, tmp_path / "pipeline")
    nlp = spacy.load(tmp_path / "pipeline")
    docs = list(nlp.pipe(Doc(nlp.vocab, words=sentence["words"]) for sentence in batch.metadata))
    served = sorted(score for doc in docs for score in doc.spans["skd"].attrs["scores"])
    assert served == pytest.approx(sorted(likely_spans(expected, 0.05).probabilities.tolist())) and served
    assert nlp.meta["skd_plugin"]["components"]["skd_ner"]["temperature"] == 2


def test_thresholds_are_in_the_new_archive(archive: Path, gold: Path, tmp_path: Path, monkeypatch, capsys):
    found = {"PER": TypeThreshold(0.6, 50, 48), "LOC": TypeThreshold(None, 4, 1), "ORG": TypeThreshold(0.5, 60, 60)}
    monkeypatch.setattr("skd_plugin.models.FoundEntities.thresholds", lambda *_: found)
    with pytest.raises(
        SystemExit,
        match=r"No threshold is sure enough for LOC \(4 found, 1 right\). One needs 38 entities of a type that are all "
        r"right, .* --without-rare-types",
    ):
        calibrated(archive, gold, tmp_path, "--conformal", "0.1")
    assert not (tmp_path / "out.tar.gz").exists()
    out = calibrated(archive, gold, tmp_path, "--conformal", "0.1", "--without-rare-types")
    decoding = read_config(out)["model"]["decoding"]
    assert decoding == {"type": "thresholds", "thresholds": {"PER": 0.6, "ORG": 0.5}}
    assert load(out).model.decoding.name == "thresholds"
    printed = capsys.readouterr().out
    assert "Thresholds above which 90 % of the entities of a type are right (confidence 90 %):" in printed
    assert "LOC  none       4 found,      1 right" in printed


def test_the_temperature_is_of_other_sentences_than_the_thresholds(archive: Path, gold: Path, monkeypatch):
    read: List[int] = []
    monkeypatch.setattr(
        "skd_plugin.models.FoundEntities.add", lambda _, distribution, gold: read.append(len(distribution.mask))
    )
    fitted = calibrate(archive, str(gold), wrong=0.5).fitted
    assert sum(read) + fitted.sentences == len(words()) and fitted.sentences < sum(read)


def test_a_tuned_threshold_is_kept_with_a_warning(
    archive: Path, gold: Path, tmp_path: Path, capsys: pytest.CaptureFixture
):
    tuned = tmp_path / "tuned.tar.gz"
    with_model_options(archive, tuned, {"decoding": {"type": "threshold", "threshold": 0.3}})
    out = calibrated(tuned, gold, tmp_path)
    assert read_config(out)["model"]["decoding"] == {"type": "threshold", "threshold": 0.3}
    assert "It was chosen with other probabilities: tune it again" in capsys.readouterr().out


@pytest.mark.parametrize(
    "options, message",
    [
        (["--conformal", "1"], "--conformal is 1.0, expected a share above 0 and below 1, such as 0.1 for one wrong"),
        (["--confidence", "90"], "--confidence is 90.0, expected a probability above 0 and below 1, such as 0.9"),
    ],
)
def test_options_that_are_refused(archive: Path, gold: Path, tmp_path: Path, options: List[str], message: str):
    with pytest.raises(SystemExit, match=message):
        calibrated(archive, gold, tmp_path, *options)


def test_what_cannot_be_read_or_written(archive: Path, gold: Path, tmp_path: Path):
    with pytest.raises(SystemExit, match="is a folder, expected the model.tar.gz of a model"):
        calibrated(archive.parent, gold, tmp_path)
    (tmp_path / "out.tar.gz").write_bytes(b"of great value")
    with pytest.raises(SystemExit, match="out.tar.gz exists already. Name another file, or .* --force"):
        calibrated(archive, gold, tmp_path)
    (tmp_path / "strange.conll").write_text("Anna B-GOD\n\n")
    with pytest.raises(ConfigurationError, match="The 1 sentences of .* give no temperature: no sentence has gold"):
        calibrate(archive, str(tmp_path / "strange.conll"))


def test_a_model_without_entities_has_no_thresholds(tmp_path: Path):
    labels = {"labels": ["NOUN", "VERB"], "tokens": ["a"]}
    archive = make_archive(tmp_path / "pos", labels, type="skd_maxent_tagger")
    with pytest.raises(ConfigurationError, match="is a MaxEntTagger that finds no entities, which --conformal is for"):
        calibrate(archive, SENTENCES, wrong=0.1)
