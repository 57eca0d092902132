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


@pytest.mark.parametrize("space", ["\u2028", "\u2029", "\u0085", "\u00a0", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e"])
def test_other_white_space_ends_no_line(tmp_path, space):
    path = write(tmp_path, f"a{space}b\nc\n".encode())
    assert texts(numbered_lines(path)) == [f"a{space}b", "c"]


@pytest.mark.parametrize(
    "content",
    [b"a\nb\n\nc\n", b"a\r\nb\r\n\r\nc\r\n", b"a\rb\r\rc\r", b"a\rb\r\n\r\nc", b"a\r\r\nb\r\r\n\r\r\nc\r\r\n"],
    ids=["LF", "CRLF", "CR", "mixed", "CRLF converted twice"],
)
def test_ends_of_lines(tmp_path, content):
    assert list(numbered_lines(write(tmp_path, content))) == [(1, "a"), (2, "b"), (3, ""), (4, "c")]


def test_byte_order_marks_of_concatenated_files(tmp_path):
    path = write(tmp_path, "\ufeffa\ufeff\tO\n\ufeff\n\ufeff\ufeffb\tO\n\ufeff\tO\n".encode())
    assert texts(numbered_lines(path)) == ["a\ufeff\tO", "", "b\tO", "\ufeff\tO"]


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


@pytest.mark.parametrize(
    "encoding, remedy",
    [
        ("utf-16-le", "found the byte order mark of UTF-16, .*`iconv -f UTF-16 -t UTF-8`"),
        ("utf-16-be", "found the byte order mark of UTF-16, .*`iconv -f UTF-16 -t UTF-8`"),
        ("utf-32-le", "found the byte order mark of UTF-32, .*`iconv -f UTF-32 -t UTF-8`"),
        ("utf-32-be", "found the byte order mark of UTF-32, .*`iconv -f UTF-32 -t UTF-8`"),
    ],
)
def test_other_encodings_of_unicode(tmp_path, encoding, remedy):
    path = write(tmp_path, "\ufeffa\tO\n".encode(encoding))
    with pytest.raises(ConfigurationError, match=rf"f\.txt:1: {remedy}"):
        list(numbered_lines(path))


@pytest.mark.parametrize("content", [b"a\nb\0c\n", "a\nb".encode("utf-16-le")], ids=["NUL", "UTF-16"])
def test_nul(tmp_path, content):
    message = r"f\.txt:\d: found the character NUL .*iconv -f UTF-16LE -t UTF-8` if it is UTF-16, or delete .*`tr -d"
    with pytest.raises(ConfigurationError, match=message):
        list(numbered_lines(write(tmp_path, content)))


COMPRESSIONS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}
LINES = "".join(f"{number * number}\n" for number in range(5000)).encode()


@pytest.mark.parametrize("extension", COMPRESSIONS)
@pytest.mark.parametrize("damage", ["not compressed", "cut off", "overwritten"])
def test_damaged_compressed_file(tmp_path, extension, damage):
    content = COMPRESSIONS[extension](LINES)
    middle = len(content) // 2
    damaged = {
        "not compressed": LINES,
        "cut off": content[:middle],
        "overwritten": content[:middle] + b"\xff" * 64 + content[middle + 64 :],
    }[damage]
    path = write(tmp_path, damaged, f"f.{extension}")
    # What is unpacked before the checksum is looked at may be no text.
    message = rf"f\.{extension}(:\d+: found| cannot be read).* damaged.*[Gg]et it once more\."
    with pytest.raises(ConfigurationError, match=message):
        list(numbered_lines(path))


@pytest.mark.parametrize("extension", COMPRESSIONS)
def test_compressed_without_its_ending(tmp_path, extension):
    path = write(tmp_path, COMPRESSIONS[extension](LINES))
    with pytest.raises(ConfigurationError, match=rf"f\.txt:1: found a file compressed by .*ends in \.{extension}\."):
        list(numbered_lines(path))


def test_a_folder_has_the_reason_of_the_system(tmp_path):
    with pytest.raises(ConfigurationError, match=r"cannot be read: .*directory.*Check the file and its permissions\."):
        list(numbered_lines(str(tmp_path)))


@pytest.mark.parametrize("space", ["\u00a0", "\u2009", "\u3000", "\u2028", "\u0085"])
def test_unicode_spaces_belong_to_the_word(space):
    assert split_words(f"10{space}000 crowns") == [f"10{space}000", "crowns"]
    assert cells(f"10{space}000 O") == [f"10{space}000", "O"]
    assert cells(f"{space}\tO") == [space, "O"]


def test_runs_of_spaces_and_tabs():
    assert split_words("  a \t b  ") == ["a", "b"]
    assert cells("a   NN  O ") == ["a", "NN", "O"]


def test_words_with_spaces_between_tabs():
    assert cells("New York\tB-LOC") == ["New York", "B-LOC"]
    assert cells("a\t\tO") == ["a", "", "O"]


def test_tabs_at_the_ends_of_a_line():
    assert cells("\ta O\t") == ["a", "O"]
    assert cells("\tO", tabs=True) == ["", "O"]
    assert cells("a\t", tabs=True) == ["a", ""]
    assert cells("a O", tabs=True) == ["a", "O"]
