"""Reading well-formed CoNLL-U, and errors for what is not."""

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.data.files.conllu import conllu_sentences
from tests.data.files.conllu_lines import row


def read(tmp_path, *lines: str):
    path = tmp_path / "f.conllu"
    path.write_text("\n".join(lines) + "\n")
    return list(conllu_sentences(str(path)))


def test_multiword_tokens_and_empty_nodes_are_no_words_but_kept(tmp_path):
    lines = ["# text = w", row("1-2", "_", form="ww"), row(1), row(2, "1"), row("2.1", "_")]
    (sentence,) = read(tmp_path, *lines)
    assert [word.fields["id"] for word in sentence.words] == [1, 2]
    assert [word.line for word in sentence.words] == [3, 4]
    assert sentence.lines == lines


def test_columns(tmp_path):
    (sentence,) = read(tmp_path, row(1, form="New York", upos="PROPN", feats="A=1|B=2", misc="NE=B-X|SpaceAfter=No"))
    fields = sentence.words[0].fields
    assert fields["form"] == "New York"
    assert (fields["upos"], fields["xpos"], fields["feats"], fields["head"]) == ("PROPN", None, "A=1|B=2", 0)
    assert fields["misc"] == {"NE": "B-X", "SpaceAfter": "No"}


def test_spaces_around_words_and_labels_are_no_part_of_them(tmp_path):
    misc = " NE = B-X | SpaceAfter=No "
    (sentence,) = read(tmp_path, row(1, form=" a\u00a0", upos="X ", xpos=" y", deprel=" root ", misc=misc))
    (word,) = sentence.words
    assert [word.fields[name] for name in ("form", "upos", "xpos", "deprel")] == ["a\u00a0", "X", "y", "root"]
    assert word.misc_values("NE") == ["B-X"]


def test_entries_of_misc(tmp_path):
    (sentence,) = read(tmp_path, row(1, misc="NE=B-X|A=b=c|NE=O|B"), row(2, "1"))
    first, second = sentence.words
    assert [first.misc_values(name) for name in ("NE", "A", "B", "_")] == [["B-X", "O"], ["b=c"], [""], []]
    assert second.misc_values("NE") == []


def test_comments_alone_are_no_sentence(tmp_path):
    assert len(read(tmp_path, "# newdoc", "", row(1))) == 1


@pytest.mark.parametrize(
    "lines, message",
    [
        ([row(1), "2\tw"], r":2: found 2 column\(s\) in '2\\tw', expected 10\. CoNLL-U separates"),
        ([row(1, "2")], r":1: found the head 2, expected 0 \(root\) to 1"),
        ([row(1, "-1")], r":1: found the head -1, expected 0"),
        ([row(1, "1")], r":1: found the head 1, expected .*another word"),
        ([row(1), row(3)], r":2: found the word number 3, expected 2\. The words of a sentence are numbered"),
        ([row(1), row(1)], r":2: found the word number 1, expected 2"),
        (
            [row(1, "x")],
            r":1: found .* expected a line of CoNLL-U\. conllu says: Failed parsing field 'head'",
        ),
        ([row("1a")], r":1: found .* conllu says: Failed parsing field 'id'"),
        ([row(1), row(2, form="")], r":2: found an empty FORM in '2\\t\\t.*', expected a word\. Write the word"),
        ([row(1, form=" ")], r":1: found an empty FORM"),
        ([row(1, form="a  b")], r":1: found two spaces in a row"),
    ],
)
def test_malformed(tmp_path, lines, message):
    with pytest.raises(ConfigurationError, match=r"f\.conllu" + message):
        read(tmp_path, *lines)
