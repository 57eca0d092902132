"""Word vectors in the formats of GloVe, word2vec and fastText."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.inputs.text_vectors import read_binary, read_text

# With a space in a word, as GloVe's largest file has it, a space at the end of a line, as word2vec writes it, a second
# vector of a word, and names that AllenNLP keeps to itself.
LINES = ["oslo 1 -2.5", ". . 3 4e-1 ", "oslo 9 9", "@@PADDING@@ 1 1", "\u00a0x 0 1"]
WORDS, VECTORS = ["oslo", ". .", "\u00a0x"], [[1, -2.5], [3, 0.4], [0, 1]]


@pytest.mark.parametrize("header", [[], ["5 2"]])
@pytest.mark.parametrize("compressed", [False, True])
def test_text_with_and_without_a_first_line(tmp_path: Path, header, compressed):
    content = "\n".join([*header, *LINES, ""]).encode()
    path = tmp_path / ("vectors.vec.gz" if compressed else "vectors.vec")
    path.write_bytes(gzip.compress(content) if compressed else content)
    words, table = read_text(str(path))
    assert words == WORDS
    np.testing.assert_allclose(table, np.array(VECTORS, np.float32))
    assert read_text(str(path), most=1)[0] == WORDS[:1]


@pytest.mark.parametrize("line", ["to 1", "to 1 x", "to 1 nan", "to 1 2 3"])
def test_a_line_that_is_none(tmp_path: Path, line: str):
    path = tmp_path / "vectors.txt"
    path.write_text(f"oslo 1 2\n\n{line}\n")
    if line == "to 1 2 3":  # a word with a space
        assert read_text(str(path))[0] == ["oslo", "to 1"]
        return
    with pytest.raises(ConfigurationError, match=rf"vectors\.txt:3: found '{line}', expected a word and 2 numbers"):
        read_text(str(path))


def test_an_empty_file(tmp_path: Path):
    (tmp_path / "vectors.txt").touch()
    with pytest.raises(ConfigurationError, match="found no line, expected words with their vectors"):
        read_text(str(tmp_path / "vectors.txt"))


@pytest.mark.parametrize("between", [b"", b"\n"])
def test_the_binary_format_of_word2vec(tmp_path: Path, between: bytes):
    path = tmp_path / "vectors.bin"
    rows = [word.encode() + b" " + np.array(row, "<f4").tobytes() for word, row in zip(WORDS[::2], VECTORS[::2])]
    path.write_bytes(b"2 2\n" + between.join(rows) + between)
    words, table = read_binary(str(path))
    assert words == WORDS[::2]
    np.testing.assert_allclose(table, np.array(VECTORS[::2], np.float32))
    assert read_binary(str(path), most=1)[0] == WORDS[:1]


@pytest.mark.parametrize(
    "content, fault",
    [(b"oslo 1 2\n", "its first line is not"), (b"2 2\noslo \0\0", "ends in word 1 of 2"), (b"1 1\noslo", "not end")],
)
def test_a_binary_file_that_is_none(tmp_path: Path, content: bytes, fault: str):
    path = tmp_path / "vectors.bin"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=rf"vectors\.bin cannot be read: .*{fault}.*another ending than \.bin"):
        read_binary(str(path))
