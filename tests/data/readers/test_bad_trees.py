"""What `skd_dependencies` does with sentences that are too long or not trees."""

import logging

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.data import Dependencies
from tests.data.files.conllu_lines import row

GOOD = [row(1, deprel="root", form="good")]
BAD = {
    "a cycle": [row(1, deprel="root"), row(2, "3", deprel="x"), row(3, "2", deprel="x")],
    "no root": [row(1, "2", deprel="x"), row(2, "1", deprel="x")],
    "several roots": [row(1, deprel="root"), row(2, "1", deprel="x"), row(3, deprel="root")],
    "a missing head": [row(1, deprel="root"), row(2, "_", deprel="x")],
    "a missing relation": [row(1, deprel="root"), row(2, "1")],
    "a head out of range": [row(1, deprel="root"), row(2, "3", deprel="x")],
    "too many words": [row(n, str(n - 1), deprel="x") for n in range(1, 5)],
}
MESSAGES = {
    "a cycle": r":5: found a cycle of the words 2 ← 3 ← 2, expected a path from every word to the root\. Correct the h",
    "no root": r":4: found a sentence without a root, expected one word with the head 0 .*\. Give one word the head 0",
    "several roots": r":6: found a second root, after the one in line 4, expected one word .*\. Attach one of them",
    "a missing head": r":5: found a word without a head, expected one on every word\. Fill it in, .*\"unlabelled\" in",
    "a missing relation": r":5: found a word without a relation, expected one on every word\. Fill it in, .*\"unl",
    "a head out of range": r":5: found the head 3, expected 0 \(root\) to 2, another word of the sentence\. Correct",
    "too many words": r":4: found a sentence of 4 words, expected at most 3 \(`max_words`\)\. Raise `max_words`, split",
}


def read(tmp_path, *sentences, kind="labelled", name="f.conllu", **options):
    path = tmp_path / name
    path.write_text("".join("\n".join(lines) + "\n\n" for lines in sentences))
    return list(Dependencies(max_words=3, **options).read({kind: str(path)}))


@pytest.mark.parametrize("kind", BAD)
def test_refused_with_line_and_remedy(tmp_path, kind):
    message = r"f\.conllu" + MESSAGES[kind] + r".*, or set `on_bad_tree` to 'skip' to leave such sentences out\.$"
    with pytest.raises(ConfigurationError, match=message):
        read(tmp_path, GOOD, ["# c", *BAD[kind]])


def test_left_out_with_one_warning(tmp_path, caplog):
    kept = read(tmp_path, GOOD, *BAD.values(), BAD["a cycle"], GOOD, on_bad_tree="skip")
    assert [instance["metadata"]["words"] for instance in kept] == [["good"], ["good"]]
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert warning.getMessage().endswith(
        "f.conllu: left out 8 sentence(s) because of a cycle (2), a head out of range (1), a missing head (1), "
        "a missing relation (1), no root (1), several roots (1), too many words (1)"
    )


def test_good_trees_give_no_warning(tmp_path, caplog):
    assert len(read(tmp_path, GOOD, GOOD, on_bad_tree="skip")) == 2
    assert not [record for record in caplog.records if record.levelno == logging.WARNING]


def test_what_was_left_out_is_logged_though_reading_ends_early(tmp_path, caplog):
    assert len(read(tmp_path, BAD["no root"], GOOD, GOOD, on_bad_tree="skip", max_instances=1)) == 1
    assert "left out 1 sentence(s) because of no root (1)" in caplog.text


def test_a_file_of_bad_trees_alone_is_refused(tmp_path, caplog):
    with pytest.raises(ConfigurationError, match=r"f\.conllu: found no sentence, expected at least one"):
        read(tmp_path, BAD["no root"], on_bad_tree="skip")
    assert "no root (1)" in caplog.text


@pytest.mark.parametrize("name, long", [("f.conllu", BAD["too many words"]), ("f.txt", ["a b c d"])])
def test_length_counts_without_gold_too(tmp_path, name, long, caplog):
    short = GOOD if name == "f.conllu" else ["good"]
    with pytest.raises(ConfigurationError, match="found a sentence of 4 words, expected at most 3"):
        read(tmp_path, short, long, kind="unlabelled", name=name)
    assert len(read(tmp_path, short, long, kind="unlabelled", name=name, on_bad_tree="skip")) == 1
    assert f"{name}: left out 1 sentence(s) because of too many words (1)" in caplog.text


@pytest.mark.parametrize("kind", sorted(set(BAD) - {"too many words"}))
def test_withheld_trees_are_not_looked_at(tmp_path, kind):
    assert len(read(tmp_path, BAD[kind], kind="unlabelled")) == 1


def test_what_is_no_conllu_is_refused_even_so(tmp_path):
    with pytest.raises(ConfigurationError, match=r"f\.conllu:3: found .*conllu says"):
        read(tmp_path, GOOD, [row(1, "x")], on_bad_tree="skip")
