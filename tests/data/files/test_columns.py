"""Column files: separators, comments, document starts, and errors."""

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.data.files.columns import column_sentences


def words(tmp_path, content: str):
    path = tmp_path / "f.conll"
    path.write_bytes(content.encode())
    return [[row.cells for row in rows] for rows in column_sentences(str(path))]


@pytest.mark.parametrize("separator", ["\t", " ", "   "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_separators(tmp_path, separator, end):
    content = f"a{separator}O\nb{separator}O\n\nc{separator}O\n".replace("\n", end)
    assert words(tmp_path, content) == [[["a", "O"], ["b", "O"]], [["c", "O"]]]


def test_document_starts_are_dropped(tmp_path):
    content = "-DOCSTART- -X- -X- O\n\na NN B-NP O\n\n-DOCSTART- -X- O O\n\nb NN B-NP O\n"
    assert words(tmp_path, content) == [[["a", "NN", "B-NP", "O"]], [["b", "NN", "B-NP", "O"]]]


@pytest.mark.parametrize(
    "content, sentence",
    [
        ("# sent_id = 1\n# newdoc\na\tO\n#\tO\n", [["a", "O"], ["#", "O"]]),
        ("#\n# text = a #\na O\n# O\n#b O\n", [["a", "O"], ["#", "O"], ["#b", "O"]]),
        ("# sent_id = 1\na\n#\n", [["a"], ["#"]]),
    ],
)
def test_hash_is_a_word_where_its_line_looks_like_one(tmp_path, content, sentence):
    assert words(tmp_path, content) == [sentence]


def test_wrong_number_of_columns(tmp_path):
    message = r"f\.conll:3: found 1 column\(s\) in 'b', expected 2 as in line 1\. Columns are separated"
    with pytest.raises(ConfigurationError, match=message):
        words(tmp_path, "a\tO\n\nb\n")
