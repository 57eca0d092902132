"""Gold labels that the vocabulary has, those that it lacks, and those that it counts."""

import pytest
from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance, Token, Vocabulary
from allennlp.data.fields import TextField

from skd_plugin.data.fields.gold_labels import GoldLabels, Place
from skd_plugin.data.fields.unknown_labels import UnknownLabels

KNOWN = Vocabulary({"relation_labels": {"root": 9, "obj": 1}})


def field(labels, accepted=False, are_bioul=False, namespace="relation_labels"):
    tokens = TextField([Token("w")] * len(labels))
    place = Place("f.conllu", list(range(5, 5 + len(labels))))
    return GoldLabels(labels, tokens, namespace, UnknownLabels("relation", accepted), place, are_bioul)


def ids(labels, vocabulary=KNOWN, **options):
    indexed = field(labels, **options)
    indexed.index(vocabulary)
    return indexed.as_tensor({"num_tokens": len(labels) + 1}).tolist()


@pytest.mark.parametrize("accepted", [False, True])
def test_known_labels_and_integers(accepted):
    assert ids(["obj", "root"], accepted=accepted) == [1, 0, 0]
    assert ids([-1, -1], accepted=accepted) == [-1, -1, 0]


def test_an_unknown_label_is_refused():
    message = (
        r"f\.conllu:6: found the relation 'det', expected one that the vocabulary has in the namespace "
        r"'relation_labels': obj, root\. Correct it, .*"
        r"-o '{\"dataset_reader\.on_unknown_label\": \"accept\"}'"
    )
    with pytest.raises(ConfigurationError, match=message):
        ids(["root", "det"])


def test_a_label_of_a_sentence_that_is_in_no_file():
    tokens = TextField([Token("w")] * 2)
    homeless = GoldLabels(["root", "det"], tokens, "relation_labels", UnknownLabels("tag", False))
    with pytest.raises(ConfigurationError, match="^Word 2 of a sentence: found the tag 'det'"):
        homeless.index(KNOWN)


def test_a_vocabulary_without_labels_is_named_as_such():
    with pytest.raises(ConfigurationError, match="'relation_labels': none. "):
        ids(["root"], Vocabulary())


def test_of_very_many_labels_a_hundred_are_named():
    vocabulary = Vocabulary({"relation_labels": {f"x{number:04}": 1 for number in range(1000)}})
    with pytest.raises(ConfigurationError, match=r": x0000, .* x0099, … \(1000 in all\)\. "):
        ids(["root"], vocabulary)


@pytest.mark.parametrize("namespace", ["relation_labels", "relations"])
def test_an_unknown_label_is_accepted(namespace):
    vocabulary = Vocabulary({namespace: {"root": 1}})
    expected = [-2, vocabulary.get_token_index("root", namespace), 0]
    assert ids(["det", "root"], vocabulary, accepted=True, namespace=namespace) == expected


def test_an_accepted_label_is_warned_of_once(caplog):
    unknown = UnknownLabels("tag", accepted=True)
    for line, label in [(7, "x"), (8, "x"), (9, "y")]:
        unknown.report(label, "f.conll", line, "labels", {"O": 0})
    warnings = [record.getMessage() for record in caplog.records]
    assert warnings == [
        f"f.conll:{line}: found the tag {label!r}, expected one that the vocabulary has in the namespace 'labels': O. "
        "This tag counts as wrongly predicted wherever it is gold."
        for line, label in [(7, "x"), (9, "y")]
    ]


def counted(*sentences, are_bioul):
    instances = [Instance({"gold": field(list(labels), are_bioul=are_bioul)}) for labels in sentences]
    vocabulary = Vocabulary.from_instances(instances)
    return list(vocabulary.get_token_to_index_vocabulary("relation_labels"))


def test_the_vocabulary_counts_them():
    assert counted(["obj", "root", "obj"], are_bioul=False) == ["obj", "root"]


def test_it_counts_all_tags_of_a_type():
    assert set(counted(["U-PER", "U-PER"], ["B-LOC", "L-LOC"], are_bioul=True)) == {
        "O",
        *(f"{prefix}-{kind}" for prefix in "BILU" for kind in ("PER", "LOC")),
    }


def test_sentences_without_gold_add_nothing():
    assert counted([-1, -1], are_bioul=True) == []


def test_as_many_as_words():
    with pytest.raises(ConfigurationError, match="don't match: 1 and 2"):
        GoldLabels(["obj"], TextField([Token("w")] * 2), "relation_labels", UnknownLabels("tag", False))
