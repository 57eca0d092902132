"""Sentences on disk: they come back as they were, and a disk that cannot take them is named."""

import os
import tempfile

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.data import Conllu
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.loaders import sentence_file
from skd_plugin.data.loaders.sentence_file import SentenceFile

FULL = "/dev/full"


def sentences(count):
    return [Sentence(["word"] * (1 + index % 3), None, [index], {"upos": ["X", None]}) for index in range(count)]


def test_sentences_come_back_as_the_reader_gives_them():
    read = list(Conllu("upos").read_sentences("fixtures/trees.conllu"))
    file = SentenceFile(iter(read))
    assert list(file) == [file[index] for index in range(len(file))] == read
    assert all(type(sentence) is Sentence for sentence in file)


def test_lengths_and_size():
    file = SentenceFile(sentences(5))
    assert len(file) == 5 and file.lengths.tolist() == [1, 2, 3, 1, 2]
    assert file.num_bytes == os.fstat(file._file.fileno()).st_size


def test_no_sentences():
    assert list(SentenceFile([])) == []


def test_reading_in_pieces(monkeypatch):
    monkeypatch.setattr(sentence_file, "_AT_ONCE", 3)
    assert list(SentenceFile(sentences(7))) == sentences(7)


def test_several_readers_at_once():
    file = SentenceFile(sentences(4))
    assert [(one, other, file[3]) for one, other in zip(file, file)] == [
        (sentence, sentence, sentences(4)[3]) for sentence in sentences(4)
    ]


def test_what_is_read_ahead_stays_as_it_is():
    file = SentenceFile(sentences(9))
    file.read_ahead(2, 9)
    assert list(file) == sentences(9)


def test_the_file_has_no_name(tmp_path):
    file = SentenceFile(sentences(3), str(tmp_path))
    assert os.listdir(tmp_path) == [] and len(list(file)) == 3


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ConfigurationError, match=f"cannot keep .* in {tmp_path}/none: .*No such file.* `directory`"):
        SentenceFile(sentences(3), str(tmp_path / "none"))


@pytest.mark.skipif(not os.path.exists(FULL), reason="this system has no device that is always full")
@pytest.mark.parametrize("count", [1, 10_000], ids=["at the end", "in between"])
def test_a_full_disk(monkeypatch, count):
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda dir: open(FULL, "r+b"))  # noqa: SIM115
    with pytest.raises(ConfigurationError, match=r"No space left on device after \d+ sentences, \d+ bytes.* Free some"):
        SentenceFile(sentences(count))


def test_an_error_of_the_corpus_is_not_one_of_the_disk():
    def broken():
        yield from sentences(2)
        raise OSError("the corpus cannot be read")

    with pytest.raises(OSError, match="the corpus cannot be read"):
        SentenceFile(broken())
