"""`allennlp skd-export` writes a pipeline that works by itself, or leaves everything as it was."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, List

import pytest
import spacy
from huggingface_hub import ModelCard
from spacy.tokens import Doc

from skd_plugin.serving.components import model_pipe
from tests.commands import allennlp
from tests.serving import TEXTS, assert_same
from tests.trained import Trained
from tests.untrained import make_archive

pytestmark = pytest.mark.slow

WORDS = "Anna Berg moved to Oslo .".split()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that contains only an earlier pipeline."""
    spacy.blank("de").to_disk(tmp_path / "before")
    return tmp_path


def names(folder: Path) -> List[str]:
    return sorted(path.name for path in folder.iterdir())


def contents(folder: Path) -> Any:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_several_archives_become_one_pipeline(
    ner_archive: Path, parser_archive: Path, upos_archive: Path, folder: Path, capsys: pytest.CaptureFixture
):
    out = folder / "deep" / "out"
    allennlp("skd-export", ner_archive, parser_archive, upos_archive, out, "--lang", "nl", "--sentencizer")
    printed = capsys.readouterr().out
    assert f"Wrote {out} with sentencizer, skd_tagger, skd_parser, skd_ner." in printed
    assert f"spacy.load({str(out)!r})" in printed
    assert names(folder) == ["before", "deep"] and names(out.parent) == ["out"]
    nlp = spacy.load(out)
    assert nlp.lang == "nl" and nlp.pipe_names == ["sentencizer", "skd_tagger", "skd_parser", "skd_ner"]
    doc = nlp(Doc(nlp.vocab, words=WORDS))
    assert [entity.label_ for entity in doc.ents] == ["PER", "LOC"]
    assert [token.pos_ for token in doc] == "PROPN PROPN VERB ADP PROPN PUNCT".split()
    assert doc.has_annotation("DEP")
    card = ModelCard.load(out / "README.md")
    assert card.data.language == ["nl"] and len(card.data.eval_results) == 7 and "## `skd_parser`" in card.text


def test_it_annotates_as_components_of_the_archives_do(ner_archive: Path, parser_archive: Path, tmp_path: Path):
    allennlp("skd-export", ner_archive, parser_archive, tmp_path / "out")
    exported, made = spacy.load(tmp_path / "out"), spacy.blank("en")
    made.add_pipe("skd_parser", config={"archive": str(parser_archive)})
    made.add_pipe("skd_ner", config={"archive": str(ner_archive)})
    assert exported.pipe_names == made.pipe_names
    assert_same(list(exported.pipe(TEXTS)), list(made.pipe(TEXTS)))


def test_what_the_user_wrote_into_the_card_stays(tmp_path: Path):
    """In the README.md of the folder of a run. The archive has no card, as those of version 0.1.0."""
    archive = make_archive(tmp_path / "run", {}, type="skd_maxent_tagger")
    allennlp("skd-export", archive, tmp_path / "out")
    card = ModelCard.load(tmp_path / "out" / "README.md")
    assert card.data.license == "unknown" and "`PER`" in card.text and "`skd_maxent_tagger`" in card.text
    (tmp_path / "run" / "README.md").write_text("---\nlicense: MIT\n---\n\n# Mine\n\n## Data\n\nLetters.\n")
    allennlp("skd-export", tmp_path / "run", tmp_path / "mine")
    card = (tmp_path / "mine" / "README.md").read_text()
    assert "license: mit" in card and "## Data\n\nLetters." in card and card.count("## Data") == 1
    assert spacy.load(tmp_path / "mine").meta["license"] == "mit"


def test_nothing_tells_the_folders_of_this_machine(transformer_archive: Path, trained: Trained, tmp_path: Path):
    """Not even that of a transformer, which the config of the archive has."""
    allennlp("skd-export", transformer_archive, tmp_path / "out")
    folder = str(Path(trained.transformer).parent).encode()
    assert not [name for name, content in contents(tmp_path / "out").items() if folder in content]
    nlp = spacy.load(tmp_path / "out")
    expected = spacy.blank("en")
    expected.add_pipe("skd_ner", config={"archive": str(transformer_archive)})
    assert_same(list(nlp.pipe(TEXTS)), list(expected.pipe(TEXTS)))


def test_the_real_command(ner_archive: Path, parser_archive: Path, tmp_path: Path):
    command = shutil.which("allennlp", path=str(Path(sys.executable).parent))
    assert command, "the distribution is not installed: run `make install`"
    archives = [tmp_path / "ner.tar.gz", tmp_path / "parser.tar.gz"]
    for archive, copy in zip((ner_archive, parser_archive), archives):
        shutil.copy(archive, copy)
    finished = subprocess.run([command, "skd-export", *archives, tmp_path / "out"], check=True, capture_output=True)
    assert finished.stdout.count(b"\n") == 2
    assert finished.stderr.count(b"\n") == 1 and finished.stderr.endswith(b"Plugin skd_plugin.plugin available\n")
    for archive in archives:
        archive.unlink()
    doc = spacy.load(tmp_path / "out")("Anna Berg moved to Oslo.")
    scores, relations = doc.spans["skd"].attrs["scores"], [token.dep_ for token in doc]
    assert [(entity.text, entity.label_) for entity in doc.ents] == [("Anna Berg", "PER"), ("Oslo", "LOC")]
    assert len(scores) == 2 and all(0.5 < score < 1 + 1e-5 for score in scores)
    assert len(relations) == 6 and relations.count("ROOT") == 1


def test_an_existing_folder_stays(ner_archive: Path, folder: Path):
    before = contents(folder)
    with pytest.raises(SystemExit, match="before exists already. Name another folder, or .* --force"):
        allennlp("skd-export", ner_archive, folder / "before")
    assert contents(folder) == before


def test_force_replaces_it(ner_archive: Path, folder: Path):
    allennlp("skd-export", ner_archive, folder / "before", "--force")
    assert names(folder) == ["before"]
    nlp = spacy.load(folder / "before")
    assert nlp.lang == "en" and nlp.pipe_names == ["skd_ner"]


def test_force_makes_a_new_folder_too(ner_archive: Path, tmp_path: Path):
    allennlp("skd-export", ner_archive, tmp_path / "out", "--force")
    assert names(tmp_path) == ["out"]


def test_force_replaces_nothing_but_pipelines(ner_archive: Path, tmp_path: Path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "model.tar.gz").write_bytes(b"of great value")
    before = contents(tmp_path)
    with pytest.raises(SystemExit, match="run is not a pipeline, and --force replaces only pipelines"):
        allennlp("skd-export", ner_archive, tmp_path / "run", "--force")
    assert contents(tmp_path) == before


@pytest.fixture(scope="session")
def simple_archive(trained: Trained) -> Path:
    """That of a model of AllenNLP's own."""
    return trained("simple")


FAILURES = {
    "two of a kind": (
        ["ner_archive", "ner_archive"],
        [],
        "needs the component skd_ner, as .* Make a pipeline for each",
    ),
    "language": (["ner_archive"], ["--lang", "tlh"], "spaCy has no language 'tlh', expected a code such as 'en'"),
    "tokenizer": (
        ["ner_archive"],
        ["--lang", "ja"],
        "tokenizer for the language 'ja' needs a package.*Install it.*Sudachi",
    ),
    "not ours": (["ner_archive", "simple_archive"], [], "The model at .*simple.* is not loaded.*simple_tagger"),
}


@pytest.mark.parametrize("out", ["out", "before", "deep/out"])
@pytest.mark.parametrize("failure", sorted(FAILURES))
def test_nothing_is_left_behind(request: pytest.FixtureRequest, folder: Path, failure: str, out: str):
    archives, options, message = FAILURES[failure]
    before = contents(folder)
    with pytest.raises(SystemExit, match=message):
        allennlp("skd-export", *map(request.getfixturevalue, archives), folder / out, "--force", *options)
    assert contents(folder) == before and names(folder) == ["before"]


def test_no_archive_there(folder: Path):
    with pytest.raises(SystemExit, match=r"nowhere.tar.gz"):
        allennlp("skd-export", folder / "nowhere.tar.gz", folder / "out")
    assert names(folder) == ["before"]


@pytest.mark.parametrize("out", ["out", "before"])
def test_nothing_is_left_of_what_could_not_be_written(
    ner_archive: Path, folder: Path, out: str, monkeypatch: pytest.MonkeyPatch
):
    before = contents(folder)
    monkeypatch.setattr(model_pipe, "MODEL_FILE", "no/such/folder/model.safetensors")
    with pytest.raises(OSError):
        allennlp("skd-export", ner_archive, folder / out, "--force")
    assert contents(folder) == before and names(folder) == ["before"]
