"""Formats that are mistaken for one another: none is read as another without a word."""

import gzip
import json
import re

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from skd_plugin.data import ConllNer
from tests.data.files.conllu_lines import row

COLUMNS, TREES, TEXT = "fixtures/ner.conll", "fixtures/trees.conllu", "fixtures/unlabelled.txt"
READERS = {
    "skd_conll_ner": {},
    "skd_conllu": {"tags": "upos"},
    "skd_dependencies": {},
    "skd_text": {},
}
JSON = json.dumps({"words": ["EU", "rejects"]}) + "\n"
NUMBERED = "".join(f"{number}\t{word}\tO\n" for number, word in enumerate("EU rejects calls".split(), start=1))
PARTS_OF_SPEECH = "the DT\ncall NN\n. .\n\nno DT\ncalls NNS\n. .\n\na DT\nred JJ\nsign NN\n. .\n"


def content(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def read(path, reader="skd_conll_ner", **options):
    params = Params({"type": reader, **READERS[reader], **options})
    return [instance["metadata"]["words"] for instance in DatasetReader.from_params(params).read(path)]


def write(tmp_path, text: str, name: str = "f.txt") -> str:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "text, message",
    [
        (
            content(COLUMNS),
            r":1: found what looks like columns \('Anna\\tB-PER'\), expected text with one sentence per",
        ),
        (content(TREES), r":4: found what looks like CoNLL-U \('1\\tAnna"),
        ("EU B-ORG\nrejects O\n", r":1: found what looks like columns \('EU B-ORG'\)"),
        ("EU\tB\nrejects\tO\n", r":1: found what looks like columns"),
        ("-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\n", r":1: found what looks like columns \('-DOCSTART-"),
        ("EU I-ORG NNP\nrejects O VB\n", r":1: found what looks like columns"),
        (PARTS_OF_SPEECH, r":1: found what looks like columns \('the DT'\)"),
        (re.sub(r" \S+", "", PARTS_OF_SPEECH), "like columns"),
        ("\n# id\n".join([NUMBERED.replace("O", "X")] * 4), "like columns"),
        (JSON, r":1: found what looks like JSON lines"),
    ],
    ids="columns CoNLL-U short untyped document other_column plain words numbered JSON".split(),
)
def test_a_file_called_txt_that_is_no_text(tmp_path, reader, text, message):
    path = write(tmp_path, text)
    with pytest.raises(
        ConfigurationError, match=message + r"[\s\S]*If it is text, set `unlabelled_format` to 'text'\."
    ):
        read({"unlabelled": path}, reader)
    sentences = read({"unlabelled": path}, reader, unlabelled_format="text")
    assert len(sentences) == sum(bool(line) for line in text.split("\n"))


@pytest.mark.parametrize(
    "reader, own", [("skd_conll_ner", COLUMNS), ("skd_conllu", TREES), ("skd_dependencies", TREES)]
)
def test_the_reader_reads_its_own_format_in_spite_of_the_name(tmp_path, reader, own):
    path = tmp_path / "f.txt.gz"
    path.write_bytes(gzip.compress(content(own).encode()))
    with pytest.raises(
        ConfigurationError, match="Set the reader's option `unlabelled_format` to 'own' to read it withou"
    ):
        read({"unlabelled": str(path)}, reader)
    assert read({"unlabelled": str(path)}, reader, unlabelled_format="own") == read({"unlabelled": own}, reader)


@pytest.mark.parametrize("reader", ["skd_conll_ner", "skd_conllu", "skd_dependencies"])
def test_labelled_files_are_never_text(tmp_path, reader):
    own = COLUMNS if reader == "skd_conll_ner" else TREES
    path = write(tmp_path, content(own))
    expected = read(own, reader)
    assert read(path, reader) == read({"labelled": path}, reader, unlabelled_format="text") == expected


@pytest.mark.parametrize(
    "text",
    [
        content(TEXT),
        "Vitamin B\nHepatitis B\n",
        "Thanks !\nNo way\n\nAnna Berg\n",
        "a\tb c\nd e f\nhe said\tno\n",
        "word\n",
        "{ x }\n{}\n",
        "# 1 of 2\n#yes\n",
        "1 of 2\n2 of 2\n",
        "".join(f"{number}\tThis is sentence {number} .\n" for number in range(30)),
        "\n".join(["Anna Berg", "Tom Lind", "", "Omar Ruiz", "Sara Lind"] * 9),
        "\n\n".join(["I see .", "You see .", "They see ."] * 9),
        "\n".join(["今天天气很好。", "我们去公园吧。", ""] * 9),
    ],
)
@pytest.mark.parametrize("reader", ["skd_conll_ner", "skd_conllu"])
def test_text_with_tabs_or_short_lines_is_text(tmp_path, text, reader):
    sentences = [line.replace("\t", " ").split() for line in text.split("\n") if line]
    assert read({"unlabelled": write(tmp_path, text)}, reader) == sentences


@pytest.mark.parametrize("kind", ["labelled", "unlabelled"])
@pytest.mark.parametrize("text", [content(TREES), NUMBERED, "\n".join([row(1), row("2-3", "_"), row(2), row(3)])])
def test_words_that_are_numbers(tmp_path, kind, text):
    path = write(tmp_path, text, "f.conll")
    message = (
        r"f\.conll:\d: found words that are the numbers 1, 2, 3 …, expected words\. Set `word_column`.*skd_conllu for"
    )
    with pytest.raises(ConfigurationError, match=message):
        read({kind: path})
    assert read({kind: write(tmp_path, NUMBERED, "f.conll")}, word_column=1) == [["EU", "rejects", "calls"]]


def test_numbers_are_words_where_they_do_not_count(tmp_path):
    assert read(write(tmp_path, "1 O\n\n1 O\n2 O\n\n2-1 O\n\n1 O\n3-0 O\n", "f.conll")) == [
        ["1"],
        ["1", "2"],
        ["2-1"],
        ["1", "3-0"],
    ]


@pytest.mark.parametrize("number", ["1-2", "2.1"])
def test_a_column_of_conllu_with_more_lines_than_words(tmp_path, number):
    lines = [row(1, upos="X"), row(2, upos="X")]
    lines.insert(0 if number == "1-2" else 2, row(number, "_", upos="_"))
    path = write(tmp_path, "\n".join(lines), "f.conllu")
    message = rf"found '{number}', the number of a multiword token or an empty node, .*Use the reader skd_conllu"
    with pytest.raises(ConfigurationError, match=message):
        read(path, word_column=1, tag_column=3, scheme="plain")
    plain = write(tmp_path, "\n".join(line for line in lines if number not in line), "f.conllu")
    assert read(plain, word_column=1, tag_column=3, scheme="plain") == [["w", "w"]]


@pytest.mark.parametrize("kind", ["labelled", "unlabelled"])
@pytest.mark.parametrize(
    "reader, text, message",
    [
        (
            "skd_conll_ner",
            content(TEXT),
            r'expected \d+ as in line \d+\. .*name files of text \*\.txt under "unlabelled"',
        ),
        ("skd_conllu", content(TEXT), r'expected 10\. .*and text is for files \*\.txt under "unlabelled"'),
        (
            "skd_dependencies",
            content(COLUMNS),
            r"expected 10\. .*Files of other columns are for the reader skd_conll_ner",
        ),
        ("skd_conll_ner", JSON, r"f\.data:1: found JSON lines .*, expected columns\. Convert it to columns"),
        ("skd_conllu", JSON, r"f\.data:1: found JSON lines .*, expected CoNLL-U\. Convert it to CoNLL-U"),
        ("skd_dependencies", JSON, r"f\.data:1: found JSON lines .*, expected CoNLL-U\. Convert it"),
    ],
)
def test_other_formats_in_place_of_the_readers_own(tmp_path, kind, reader, text, message):
    with pytest.raises(ConfigurationError, match=message):
        read({kind: write(tmp_path, text, "f.data")}, reader)


def test_all_files_are_looked_at_before_one_is_read(tmp_path):
    path = write(tmp_path, content(COLUMNS))
    with pytest.raises(ConfigurationError, match="found what looks like columns"):
        next(iter(ConllNer().read({"labelled": COLUMNS, "unlabelled": [TEXT, path]})))


def test_unknown_format():
    with pytest.raises(ConfigurationError, match="`unlabelled_format` is 'columns', expected 'text' or 'own'"):
        read(COLUMNS, unlabelled_format="columns")
