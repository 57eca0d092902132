"""Each sentence is held out in one fold, and trained on in all others."""

import gzip
from pathlib import Path
from typing import List

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.data.files.folds import write_folds

SENTENCES = [f"# {number}\nword{number}\tO\n\n" for number in range(7)]


@pytest.fixture
def files(tmp_path: Path) -> List[str]:
    """Two files, the second of which is compressed."""
    (tmp_path / "a.conll").write_text("".join(SENTENCES[:3]))
    with gzip.open(tmp_path / "a.conll.gz", "wt") as file:
        file.write("".join(SENTENCES[3:]))
    return [str(tmp_path / "a.conll"), str(tmp_path / "a.conll.gz")]


def content(files: List[str]) -> str:
    return "".join(Path(file).read_text() for file in files)


@pytest.mark.parametrize("count", range(2, 8))
def test_every_sentence_is_held_out_once(files: List[str], count: int, tmp_path: Path) -> None:
    folds = write_folds(files, count, tmp_path / "folds")
    assert len(folds) == count
    assert "".join(content(fold.held_out) for fold in folds) == "".join(SENTENCES)
    for fold in folds:
        held_out = content(fold.held_out)
        assert content(fold.training) == "".join(sentence for sentence in SENTENCES if sentence not in held_out)
    sizes = [content(fold.held_out).count("word") for fold in folds]
    assert max(sizes) - min(sizes) <= 1


def test_a_document_start_stays_with_the_sentence_that_follows(tmp_path: Path) -> None:
    sentences = ["-DOCSTART-\tO\n\n# newdoc\n\na\tO\n\n", "b\tO\n\n", "-DOCSTART-\tO\n\nc\tO\n\n# end\n\n"]
    (tmp_path / "a.conll").write_text("".join(sentences))
    folds = write_folds([str(tmp_path / "a.conll")], 3, tmp_path / "folds")
    assert [content(fold.held_out) for fold in folds] == sentences
    assert content(folds[1].training) == sentences[0] + sentences[2]


def test_files_are_of_their_format_and_not_compressed(files: List[str], tmp_path: Path) -> None:
    [first, *_] = write_folds(files, 2, tmp_path / "folds")
    assert [Path(file).name for file in first.training] == ["2-a.conll"]
    assert [Path(file).name for file in first.held_out] == ["1-a.conll"]


def test_the_same_folds_may_be_written_again(files: List[str], tmp_path: Path) -> None:
    assert write_folds(files, 2, tmp_path / "folds") == write_folds(files, 2, tmp_path / "folds")


def test_folds_of_other_sentences_are_not_replaced(files: List[str], tmp_path: Path) -> None:
    write_folds(files, 2, tmp_path / "folds")
    with pytest.raises(ConfigurationError, match="The folds in .*folds are of other sentences .* Name another folder"):
        write_folds(files, 3, tmp_path / "folds")


@pytest.mark.parametrize("count", [1, 8])
def test_too_few_or_too_many_folds_are_refused(files: List[str], count: int, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=f"{count} folds were asked for, of 7 sentences in .*a.conll.gz, expec"
    ):
        write_folds(files, count, tmp_path / "folds")
