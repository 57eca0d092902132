"""Lines, whatever bytes end and encode them, and what separates their words and columns."""

import bz2
import gzip
import lzma

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.data.files.lines import cells, filled_lines, numbered_lines, paragraphs, split_words


def write(tmp_path, content: bytes, name: str = "f.txt") -> str:
    path = tmp_path / name
    path.write_bytes(content)
    return str(path)


def texts(lines):
    return [line.text for line in lines]


def test_crlf_and_bom_are_no_part_of_a_line(tmp_path):
    path = write(tmp_path, b"\xef\xbb\xbfa\r\nb\r\n")
    assert list(numbered_lines(path)) == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("space", ["\u2028", "\u0085", "\u00a0", "\x0b", "\x0c", "\x1c", "\r"])
def test_only_a_line_feed_ends_a_line(tmp_path, space):
    path = write(tmp_path, f"a{space}b\nc\n".encode())
    assert texts(numbered_lines(path)) == [f"a{space}b", "c"]


@pytest.mark.parametrize("extension, compress", [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)])
def test_compressed(tmp_path, extension, compress):
    path = write(tmp_path, compress("ä\nb\n".encode()), f"f.txt.{extension}")
    assert texts(numbered_lines(path)) == ["ä", "b"]


def test_blank_lines_of_any_white_space_part_paragraphs(tmp_path):
    path = write(tmp_path, "\na\nb\n\t\n \u00a0\nc".encode())
    assert list(paragraphs(path)) == [[(2, "a"), (3, "b")], [(6, "c")]]
    assert texts(filled_lines(path)) == ["a", "b", "c"]


def test_not_utf8(tmp_path):
    path = write(tmp_path, "ok\n".encode() + "caf\u00e9\n".encode("cp1252"))
    with pytest.raises(ConfigurationError, match=r"f\.txt:2: found the byte 0xe9, expected text in UTF-8.*iconv"):
        list(numbered_lines(path))


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b"a\n" * 1000)[:-20]], ids=["no gzip", "cut"])
def test_broken_archive(tmp_path, content):
    with pytest.raises(ConfigurationError, match=r"f\.gz cannot be read: .*Check the file"):
        list(numbered_lines(write(tmp_path, content, "f.gz")))


@pytest.mark.parametrize("space", ["\u00a0", "\u2009", "\u3000", "\u2028", "\u0085"])
def test_unicode_spaces_belong_to_the_word(space):
    assert split_words(f"10{space}000 crowns") == [f"10{space}000", "crowns"]
    assert cells(f"10{space}000 O") == [f"10{space}000", "O"]
    assert cells(f"{space}\tO") == [space, "O"]


def test_runs_of_spaces_and_tabs():
    assert split_words("  a \t b  ") == ["a", "b"]
    assert cells("a   NN  O ") == ["a", "NN", "O"]


def test_words_with_spaces_between_tabs():
    assert cells("New York\tB-LOC\t") == ["New York", "B-LOC"]
    assert cells("a\t\tO") == ["a", "", "O"]
