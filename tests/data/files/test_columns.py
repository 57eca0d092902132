"""Column files: separators, comments, document starts, and errors."""

import pytest

from skd_plugin.data.files.columns import column_sentences


def read(tmp_path, content: str, tag_column: int = -1):
    path = tmp_path / "f.conll"
    path.write_bytes(content.encode())
    return list(column_sentences(str(path), tag_column))


def words(tmp_path, content: str, tag_column: int = -1):
    return [[row.cells for row in rows] for rows in read(tmp_path, content, tag_column)]


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


@pytest.mark.parametrize("before", ["", "a O\n"])
@pytest.mark.parametrize("after", ["b O\n", "\nb O\n"])
def test_document_starts_end_a_sentence_without_blank_lines_too(tmp_path, before, after):
    sentences = [[["a", "O"]]] * bool(before) + [[["b", "O"]]]
    assert words(tmp_path, f"{before}-DOCSTART- O\n{after}") == sentences


@pytest.mark.parametrize(
    "content, sentences",
    [
        ("# 17\nEU B-ORG\nsaid O\n\n# 18\nno O\n", [[["EU", "B-ORG"], ["said", "O"]], [["no", "O"]]]),
        ("# 17\nEU B-ORG\n\n# O\nno O\n", [[["EU", "B-ORG"]], [["#", "O"], ["no", "O"]]]),
        ("# #\n3 CD\n\na DT\n# #\n5 CD\n", [[["#", "#"], ["3", "CD"]], [["a", "DT"], ["#", "#"], ["5", "CD"]]]),
        ("a O\n# 17\n", [[["a", "O"], ["#", "17"]]]),
        ("# 17\n\na O\n", [[["a", "O"]]]),
    ],
)
def test_a_comment_laid_out_like_a_word_has_no_tag_of_the_file(tmp_path, content, sentences):
    assert words(tmp_path, content) == sentences


def test_the_column_of_the_tags_tells_words_from_comments(tmp_path):
    content = "# NN x1\na DT x2\n\n# id x2\nb NN x3\n"
    assert words(tmp_path, content, 1) == [[["#", "NN", "x1"], ["a", "DT", "x2"]], [["b", "NN", "x3"]]]


@pytest.mark.parametrize(
    "content, cells",
    [
        ("\tO\nb\tO\n", [["", "O"], ["b", "O"]]),
        ("a\t\nb\tO\n", [["a", ""], ["b", "O"]]),
        ("a\tO\nb\t\n#\t\n", [["a", "O"], ["b", ""], ["#", ""]]),
        ("a\tx\tO\nb\t\tO\n", [["a", "x", "O"], ["b", "", "O"]]),
        ("a\tO\t\nb\tO\t\nc\tO\n", [["a", "O"], ["b", "O"], ["c", "O"]]),
        ("a O\t\nb O\n", [["a", "O"], ["b", "O"]]),
    ],
)
def test_empty_cells_count_unless_the_whole_column_is_empty(tmp_path, content, cells):
    assert words(tmp_path, content) == [cells]
    assert all(row.fault is None for rows in read(tmp_path, content) for row in rows)


@pytest.mark.parametrize(
    "content, line, finding, rule",
    [
        ("a\tO\n\nb\n", 3, "1 column(s) in 'b'", "2 as in line 1"),
        ("a\tO\nb\tNN\tO\nc\tO\n", 2, "3 column(s) in 'b\\tNN\\tO'", "2 as in line 1"),
        ("a b c\nd O\ne O\n", 1, "3 column(s) in 'a b c'", "2 as in line 2"),
    ],
)
def test_another_number_of_columns(tmp_path, content, line, finding, rule):
    (fault,) = [row.fault for rows in read(tmp_path, content) for row in rows if row.fault]
    assert fault[:4] == ("another number of columns", line, finding, rule)
