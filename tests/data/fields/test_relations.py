"""Relations that the vocabulary has, and those that it lacks."""

import pytest
from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance, Token, Vocabulary
from allennlp.data.fields import TextField

from skd_plugin.data.fields.relations import RelationsField

KNOWN = Vocabulary({"relation_labels": {"root": 9, "obj": 1}})


def field(relations, accepts_unknown=False):
    tokens = TextField([Token("w")] * len(relations))
    lines = list(range(5, 5 + len(relations)))
    return RelationsField(relations, tokens, "relation_labels", "f.conllu", lines, accepts_unknown)


def ids(relations, vocabulary=KNOWN, **options):
    indexed = field(relations, **options)
    indexed.index(vocabulary)
    return indexed.as_tensor({"num_tokens": len(relations) + 1}).tolist()


@pytest.mark.parametrize("accepts_unknown", [False, True])
def test_known_relations_and_integers(accepts_unknown):
    assert ids(["obj", "root"], accepts_unknown=accepts_unknown) == [1, 0, 0]
    assert ids([-1, -1], accepts_unknown=accepts_unknown) == [-1, -1, 0]


def test_an_unknown_relation_is_refused():
    message = (
        r"f\.conllu:6: found the relation 'det', expected one that the vocabulary has in the namespace "
        r"'relation_labels': obj, root\. Correct it, .*`on_unknown_relation` to 'accept'"
    )
    with pytest.raises(ConfigurationError, match=message):
        ids(["root", "det"])


def test_a_vocabulary_without_relations_is_named_as_such():
    with pytest.raises(ConfigurationError, match="'relation_labels': none. "):
        ids(["root"], Vocabulary())


@pytest.mark.parametrize("namespace", ["relation_labels", "relations"])
def test_an_unknown_relation_is_accepted(namespace):
    vocabulary = Vocabulary({namespace: {"root": 1}})
    tokens = TextField([Token("w")] * 2)
    accepting = RelationsField(["det", "root"], tokens, namespace, "f.conllu", [5, 6], True)
    accepting.index(vocabulary)
    assert accepting._indexed_labels == [-1, vocabulary.get_token_index("root", namespace)]


def test_the_vocabulary_counts_them():
    vocabulary = Vocabulary.from_instances([Instance({"relations": field(["obj", "root", "obj"])})])
    assert vocabulary.get_index_to_token_vocabulary("relation_labels") == {0: "obj", 1: "root"}


def test_as_many_as_words():
    with pytest.raises(ConfigurationError, match="don't match: 1 and 2"):
        RelationsField(["obj"], TextField([Token("w")] * 2), "relation_labels", "f.conllu", [5, 6], False)
