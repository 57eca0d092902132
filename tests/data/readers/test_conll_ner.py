"""The reader `skd_conll_ner`."""

import re

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from skd_plugin.data import ConllNer


def read(tmp_path, content: str, data_path=None, **options):
    path = tmp_path / "f.conll"
    path.write_text(content)
    reader = DatasetReader.from_params(Params({"type": "skd_conll_ner", **options}))
    return list(reader.read(data_path(str(path)) if data_path else str(path)))


def tags(instances):
    return [" ".join(map(str, instance["tags"].labels)) for instance in instances]


def words(instances):
    return [instance["metadata"]["words"] for instance in instances]


CONLL_2003 = """\
-DOCSTART- -X- -X- O

U.N. NNP I-NP I-ORG
official NN I-NP O
Rolf NNP I-NP I-PER
Ekeus NNP I-NP I-PER
"""


def test_conll_2003(tmp_path):
    instances = read(tmp_path, CONLL_2003)
    assert words(instances) == [["U.N.", "official", "Rolf", "Ekeus"]]
    assert tags(instances) == ["U-ORG O B-PER L-PER"]


def test_another_column(tmp_path):
    assert tags(read(tmp_path, CONLL_2003, tag_column=1, scheme="plain")) == ["NNP NN NNP NNP"]
    assert words(read(tmp_path, CONLL_2003, word_column=1))[0] == ["NNP", "NN", "NNP", "NNP"]


def test_fixture():
    instances = list(ConllNer().read("fixtures/ner.conll"))
    labels = {tag for instance in instances for tag in instance["tags"].labels}
    assert len(instances) == 12
    assert labels == {
        "O",
        *(prefix + type_ for prefix in ("B-", "I-", "L-", "U-") for type_ in ("PER", "LOC", "ORG")),
    }


def test_unicode_spaces(tmp_path):
    instances = read(tmp_path, "10\u00a0000 O \n\u2028 B-X\u00a0\nNew York\tI-X\n")
    assert words(instances) == [["10\u00a0000", "\u2028", "New York"]]
    assert tags(instances) == ["O B-X L-X"]


def test_withheld_labels_need_not_be_there(tmp_path):
    instances = read(tmp_path, "a\nb\n", data_path=lambda path: {"unlabelled": path})
    assert words(instances) == [["a", "b"]]
    assert tags(instances) == ["-1 -1"]


def test_ill_formed_tags(tmp_path):
    with pytest.raises(ConfigurationError, match=r"f\.conll:2: found the tag 'I-X', expected 'B-X' in the scheme IOB2"):
        read(tmp_path, "a O\nb I-X\n", scheme="BIO")
    assert tags(read(tmp_path, "a O\nb I-X\n", scheme="BIO", on_ill_formed="repair")) == ["O U-X"]


@pytest.mark.parametrize("option, message", [("tag_column", "`tag_column` 2"), ("word_column", "`word_column` 2")])
def test_no_such_column(tmp_path, option, message):
    with pytest.raises(ConfigurationError, match=rf"f\.conll:1: found 2 column\(s\), expected one for {message}"):
        read(tmp_path, "a O\n", **{option: 2})


def test_no_tags_beside_the_words(tmp_path):
    with pytest.raises(ConfigurationError, match=r'f\.conll:1: found 1 column\(s\).*name the file under "unlabelled"'):
        read(tmp_path, "a\n")


def test_empty_cell(tmp_path):
    with pytest.raises(
        ConfigurationError, match=r"f\.conll:1: found an empty column 1, expected text for `tag_column`"
    ):
        read(tmp_path, "a\t\tO\n", tag_column=1)


@pytest.mark.parametrize(
    "line, message",
    [
        ("\tO", r":3: found an empty column 0, expected text for `word_column`\. Fill it in"),
        ("b\t", r":3: found an empty column 1, expected text for `tag_column`\. Fill it in"),
        ("b", r":3: found 1 column\(s\) in 'b', expected 2 as in line 1\. Separate columns by tabs"),
        ("b\tx\tO", r":3: found 3 column\(s\) in 'b\\tx\\tO', expected 2 as in line 1\. Separate"),
    ],
)
def test_bad_lines(tmp_path, line, message, caplog):
    content = f"a\tO\n\n{line}\nc\tO\n\nd\tO\n"
    with pytest.raises(
        ConfigurationError, match=message + ".*, or set `on_bad_line` to 'skip' to leave such sentences"
    ):
        read(tmp_path, content)
    assert words(read(tmp_path, content, on_bad_line="skip")) == [["a"], ["d"]]
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert re.search(
        r"f\.conll: left out 1 sentence\(s\) because of (no word|no tag|another number of columns) \(1\)", warning
    )


def test_labels_that_are_withheld_may_be_empty(tmp_path):
    assert words(read(tmp_path, "a\tO\nb\t\n", data_path=lambda path: {"unlabelled": path})) == [["a", "b"]]


def test_unknown_policy():
    with pytest.raises(ConfigurationError, match="`on_bad_line` is 'repair', expected 'error' or 'skip'"):
        ConllNer(on_bad_line="repair")
