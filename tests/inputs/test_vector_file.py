"""Files of static vectors: our own, and what is refused."""

from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from safetensors.torch import save_file

from skd_plugin.inputs.vector_file import Vectors, read_vectors, write_vectors
from tests.inputs import samples


def test_what_is_written_is_read(tmp_path: Path):
    for vectors in (
        Vectors(torch.tensor([[1.0, -2.0], [0.5, 3.0]]), ["Oslo", "U+2028 \u2028"]),
        Vectors(torch.ones(len(samples.PIECES), 2), [], samples.tokenizer().to_str()),
    ):
        path = tmp_path / "vectors.safetensors"
        write_vectors(vectors, path)
        read = read_vectors(str(path))
        assert read.table.float().equal(vectors.table)
        assert (read.words, read.tokenizer) == (vectors.words, vectors.tokenizer)
        assert list(tmp_path.iterdir()) == [path]
    assert len(read_vectors(str(path), most=1).table) == len(samples.PIECES), "only words are left out"


def test_the_first_words_are_read(tmp_path: Path):
    write_vectors(Vectors(torch.eye(3), ["a", "b", "c"]), tmp_path / "vectors.safetensors")
    vectors = read_vectors(str(tmp_path / "vectors.safetensors"), most=2)
    assert vectors.words == ["a", "b"] and vectors.table.float().equal(torch.eye(3)[:2])


def test_a_text_file_is_read_by_its_ending(tmp_path: Path):
    assert read_vectors(samples.word_file(tmp_path), most=2).words == ["oslo", "Anna"]


@pytest.mark.parametrize("fault", ["missing", "text", "another", "count"])
def test_what_is_not_ours(tmp_path: Path, fault: str):
    path = tmp_path / "file.safetensors"
    if fault == "text":
        path.write_text("oslo 1 2")
    elif fault == "another":
        save_file({"vectors": torch.ones(2, 2)}, path)
    elif fault == "count":
        write_vectors(Vectors(torch.ones(2, 2), ["one"]), path)
    with pytest.raises(
        ConfigurationError, match="is not a file of static vectors .*expected what `allennlp skd-vector"
    ):
        read_vectors(str(path))
