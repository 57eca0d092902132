"""Encodings of trees lose nothing: a label denotes one arc at a word, and no other label denotes the same."""

import re
from typing import List, NamedTuple, Sequence, Tuple

import numpy as np
import pytest
import torch

from skd_plugin.structures.trees.encodings import (
    ENCODINGS,
    Encoding,
    RelativeOffset,
    RelativePos,
    encoding,
    register,
    relation,
)
from tests.structures.oracles.trees import head_assignments, is_tree

every_encoding = pytest.mark.parametrize("encoding", [kind() for kind in ENCODINGS.values()], ids=ENCODINGS)
# Names as in treebanks, and with the characters that labels themselves are written with.
RELATIONS = ("nsubj", "nmod:poss", "aux_pass", "a@b", "@", "+1@x", "-2,NOUN@det", "0", "")
TAGS = ("NOUN", "VERB", "DET", ",", "X:Y_Z", "+1")


class Sentence(NamedTuple):
    heads: List[int]
    relations: List[str]
    tags: List[str]


def all_trees(n: int) -> List[Sentence]:
    """Each with relations and tags of its own."""
    random = np.random.default_rng(n)
    return [Sentence(heads.tolist(), *_words(random, n)) for heads in head_assignments(n, is_tree)]


def random_trees(n: int, count: int) -> List[Sentence]:
    """Words in random order, each depends on one before."""
    random = np.random.default_rng(n)
    sentences = []
    for _ in range(count):
        order, heads = random.permutation(n) + 1, np.zeros(n, np.int64)
        for place in range(1, n):
            heads[order[place] - 1] = order[random.integers(place)]
        sentences.append(Sentence(heads.tolist(), *_words(random, n)))
    return sentences


def _words(random: np.random.Generator, n: int) -> Tuple[List[str], List[str]]:
    return [str(name) for name in random.choice(RELATIONS, n)], [str(tag) for tag in random.choice(TAGS, n)]


def encode(encoding: Encoding, sentence: Sentence) -> List[str]:
    return encoding.encode(sentence.heads, sentence.relations, sentence.tags)


def vocabulary(encoding: Encoding, sentences: Sequence[Sentence]) -> Tuple[str, ...]:
    return tuple(sorted({label for sentence in sentences for label in encode(encoding, sentence)}))


def heads_of(encoding: Encoding, labels: Tuple[str, ...], sentences: Sequence[Sentence]) -> torch.Tensor:
    lengths = torch.tensor([len(sentence.heads) for sentence in sentences])
    return encoding.heads(labels, lengths, [sentence.tags for sentence in sentences])


def denoted(position: str, word: int, tags: Sequence[str]) -> int:
    """The definition of both encodings: the head of `word` that a position denotes, −1 if there is none."""
    if position == "0":
        return 0
    step, _, tag = position.partition(",")
    others = range(word + 1, len(tags) + 1) if step[0] == "+" else range(word - 1, 0, -1)
    matching = [other for other in others if not tag or tags[other - 1] == tag]
    return matching[int(step[1:]) - 1] if int(step[1:]) <= len(matching) else -1


BATCHES = {**{f"all of {n}": all_trees(n) for n in range(1, 6)}, "random of 30": random_trees(30, 20)}
every_batch = pytest.mark.parametrize("sentences", BATCHES.values(), ids=BATCHES.keys())


@every_encoding
@every_batch
def test_every_tree_is_read_back(encoding, sentences):
    labels = vocabulary(encoding, sentences)
    for heads, sentence in zip(heads_of(encoding, labels, sentences), sentences):
        written = encode(encoding, sentence)
        assert [heads[word, labels.index(label)].item() for word, label in enumerate(written)] == sentence.heads
        assert [relation(label) for label in written] == sentence.relations


@every_encoding
@every_batch
def test_no_two_labels_denote_the_same_arc(encoding, sentences):
    labels = vocabulary(encoding, sentences)
    for sentence in heads_of(encoding, labels, sentences).tolist():
        for word, heads in enumerate(sentence, start=1):
            arcs = [(head, relation(label)) for head, label in zip(heads, labels) if head >= 0]
            assert len(arcs) == len(set(arcs)) and word not in [head for head, _ in arcs]


@every_encoding
@every_batch
def test_no_two_trees_of_a_sentence_have_the_same_labels(encoding, sentences):
    first = sentences[0]
    written = {tuple(encode(encoding, first._replace(heads=other.heads))) for other in sentences}
    assert len(written) == len(sentences)


@every_encoding
def test_labels_denote_what_they_say_and_nothing_beyond_the_sentence(encoding):
    labels = vocabulary(encoding, random_trees(12, 30))
    sentences = [trees[-1] for trees in BATCHES.values()]
    heads = heads_of(encoding, labels, sentences)
    assert heads.dtype == torch.int64 and heads.shape == (6, 30, len(labels))
    for rows, sentence in zip(heads, sentences):
        n = len(sentence.tags)
        positions = [label.split("@")[0] for label in labels]
        assert rows[:n].tolist() == [[denoted(p, word, sentence.tags) for p in positions] for word in range(1, n + 1)]
        assert (rows[n:] == -1).all()


@every_encoding
def test_root_has_one_label_wherever_it_is(encoding):
    sentences = [
        Sentence([0 if word == root else root for word in range(1, 5)], ["r"] * 4, list("ABAB")) for root in range(1, 5)
    ]
    assert {encode(encoding, sentence)[root] for root, sentence in enumerate(sentences)} == {"0@r"}


def test_offsets_count_words_and_ranks_count_tags():
    heads, tags = [3, 1, 0, 1], ["NOUN", "DET", "NOUN", "VERB"]
    relations = ["det", "det", "root", "obl"]
    assert RelativeOffset().encode(heads, relations) == ["+2@det", "-1@det", "0@root", "-3@obl"]
    expected = ["+1,NOUN@det", "-1,NOUN@det", "0@root", "-2,NOUN@obl"]
    assert RelativePos().encode(heads, relations, tags) == expected


def test_tags_that_no_label_has_are_passed_over():
    heads = RelativePos().heads(("+1,NOUN@det", "0@root"), torch.tensor([3]), [["DET", "ADJ", "NOUN"]])
    assert heads.tolist() == [[[3, 0], [3, 0], [-1, 0]]]


def test_labels_of_root_alone_need_no_rank():
    assert RelativePos().heads(("0@root",), torch.tensor([2]), [["DET", "NOUN"]]).tolist() == [[[0], [0]]]


@pytest.mark.parametrize(
    "tags, given",
    [
        (None, "a sentence has None"),
        (["NOUN"], r"a sentence has \['NOUN'\]"),
        (["NOUN", ""], "word 2 has ''"),
        (["@", "NOUN"], "word 1 has '@'"),
    ],
)
def test_relative_pos_needs_tags(tags, given):
    message = f"relative_pos needs a universal part-of-speech tag on every word.*{given}.*relative_offset"
    with pytest.raises(ValueError, match=message):
        RelativePos().encode([0, 1], ["root", "obj"], tags)
    with pytest.raises(ValueError, match=message):
        RelativePos().heads(("0@root",), torch.tensor([2]), None if tags is None else [tags])


@every_encoding
@pytest.mark.parametrize("label", ["nsubj", "", "B-PER"])
def test_what_is_no_arc_label_is_refused(encoding, label):
    message = f"{label!r} is not an arc label; expected a position, '@' and a relation, such as '+1@nsubj'"
    with pytest.raises(ValueError, match=re.escape(message)):
        encoding.heads(("0@root", label), torch.tensor([1]), [["NOUN"]])
    with pytest.raises(ValueError, match=re.escape(message)):
        relation(label)


@pytest.mark.parametrize(
    "label", ["@nsubj", "1@nsubj", "+0@nsubj", "+-1@nsubj", "+1,NOUN@nsubj", "x@nsubj", "+1 @nsubj"]
)
def test_relative_offset_refuses_labels_of_another_encoding(label):
    with pytest.raises(
        ValueError, match=rf"{re.escape(label)}' is not a label of the encoding relative_offset.*'\+1@nsubj'"
    ):
        RelativeOffset().heads(("0@root", label), torch.tensor([1]))


@pytest.mark.parametrize("label", ["@nsubj", "+1@nsubj", "+1,@nsubj", "1,NOUN@nsubj", "+0,NOUN@nsubj", "NOUN@nsubj"])
def test_relative_pos_refuses_labels_of_another_encoding(label):
    with pytest.raises(
        ValueError, match=rf"{re.escape(label)}' is not a label of the encoding relative_pos.*'-2,NOUN@det'"
    ):
        RelativePos().heads(("0@root", label), torch.tensor([1]), [["NOUN"]])


def test_an_encoding_by_name():
    assert [type(encoding(name)) for name in ("relative_offset", "relative_pos")] == [RelativeOffset, RelativePos]
    with pytest.raises(ValueError, match=r"'brackets', expected one of: relative_offset, relative_pos"):
        encoding("brackets")


def test_a_name_that_another_encoding_has_is_refused():
    with pytest.raises(ValueError, match="'relative_pos' is already the encoding RelativePos. Choose another name"):
        register("relative_pos")(RelativeOffset)
    assert RelativeOffset.name == "relative_offset"
