"""CoNLL-U is written, and reads back the same."""

import pytest

from skd_plugin.data.files.conllu import conllu_sentences
from skd_plugin.data.files.conllu_writing import from_words, with_tree
from tests.data.files.conllu_lines import row

FIXTURE = "fixtures/trees.conllu"


def columns_but(line: str, *indices: int):
    return [cell for index, cell in enumerate(line.split("\t")) if index not in indices]


def test_only_heads_relations_and_the_enhanced_graph_change():
    for sentence in conllu_sentences(FIXTURE):
        n = len(sentence.words)
        written = with_tree(sentence.lines, list(range(n)), [f"r{i}" for i in range(n)])
        words = [line for line in written if line.split("\t")[0].isdigit()]
        assert [line.split("\t")[6:9] for line in words] == [[str(i), f"r{i}", "_"] for i in range(n)]
        assert [columns_but(line, 6, 7, 8) for line in words] == [
            columns_but(line, 6, 7, 8) for line in sentence.lines if line.split("\t")[0].isdigit()
        ]
        assert [line for line in written if line not in words] == [
            line for line in sentence.lines if not line.split("\t")[0].isdigit()
        ]


def test_its_own_tree_changes_nothing_without_an_enhanced_graph():
    lines = ["# a = b", row("1-2", "_", form="ww"), row(1, "2", deprel="det"), row(2, deprel="root"), row("2.1", "_")]
    assert with_tree(lines, [2, 0], ["det", "root"]) == lines


def test_the_lines_given_are_not_written_to():
    lines = [row(1)]
    assert with_tree(lines, [0], ["root"]) != lines == [row(1)]


@pytest.mark.parametrize("heads, relations", [([0, 1], ["root", "x"]), ([], []), ([0], [])])
def test_lines_of_another_sentence(heads, relations):
    with pytest.raises(ValueError, match=rf"{len(heads)} head.* {len(relations)} relation.* 1 word.* Give the lines"):
        with_tree(["# 1", row("1-1"), row(1), row("1.1")], heads, relations)


def test_words_alone(tmp_path):
    words = ["#", "New York", " 10\u00a0000", "a\tb\n\r c", "_"]
    path = tmp_path / "f.conllu"
    path.write_text("\n".join(from_words(words, [2, 0, 2, 2, 2], ["a", "root", "b", "c", "d"])) + "\n\n")
    (sentence,) = conllu_sentences(str(path))
    assert sentence.column("form") == ["#", "New York", "10\u00a0000", "a b c", "_"]
    assert sentence.column("head") == [2, 0, 2, 2, 2]
    assert sentence.column("deprel") == ["a", "root", "b", "c", "d"]
    assert sentence.lines[0] == row(1, "2", form="#", deprel="a")
