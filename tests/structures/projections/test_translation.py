"""Translation of structures between label sets: BIOUL tags and spans there and back, relations and types by name."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.structures import FlatSpans, HeadSelection, MaxEnt, Segments, Tree
from skd_plugin.structures.projections.translation import spans_of_tags, tags_of_spans, translated
from skd_plugin.structures.sequences.bioul import tags
from tests.structures.oracles.brute_force import is_well_formed
from tests.structures.samples.sample import random_sample
from tests.structures.samples.strategies import deterministic

TYPES = ("PER", "ORG", "LOC")
MAX_WORDS = 9


@st.composite
def sentences(draw):
    """The spans of a sentence as (width, type), and words outside of spans as (1, None)."""
    piece = st.one_of(st.just((1, None)), st.tuples(st.integers(1, 4), st.sampled_from(TYPES)))
    pieces = draw(st.lists(piece, max_size=6))
    while sum(width for width, _ in pieces) > MAX_WORDS:
        pieces.pop()
    return pieces


@st.composite
def batches(draw):
    return (
        draw(st.lists(sentences(), min_size=1, max_size=4)),
        draw(st.permutations(TYPES)),
        draw(st.permutations(tags(TYPES))),
    )


def tags_of_pieces(pieces):
    """The tags of a sentence."""
    names = []
    for width, name in pieces:
        if name is None:
            names.append("O")
        else:
            prefixes = "U" if width == 1 else "B" + "I" * (width - 2) + "L"
            names += [f"{prefix}-{name}" for prefix in prefixes]
    return names


def as_tags(batch, labels):
    rows = [[labels.index(name) for name in tags_of_pieces(pieces)] for pieces in batch]
    ids, mask = torch.zeros(len(rows), MAX_WORDS, dtype=torch.long), torch.zeros(len(rows), MAX_WORDS, dtype=torch.bool)
    for row, is_word, names in zip(ids, mask, rows):
        row[: len(names)], is_word[: len(names)] = torch.tensor(names, dtype=torch.long), True
    return ids, mask


def as_spans(batch, types):
    segments = Segments(*(torch.zeros(len(batch), MAX_WORDS, dtype=torch.long) for _ in range(2)))
    for row, pieces in enumerate(batch):
        word = 0
        for width, name in pieces:
            if name is not None:
                segments.widths[row, word], segments.types[row, word] = width, types.index(name)
            word += width
    return segments


@deterministic
@given(drawn=batches())
def test_tags_become_spans_and_spans_become_tags(drawn):
    batch, types, labels = drawn
    assert all(is_well_formed(tags_of_pieces(pieces)) for pieces in batch)
    (ids, mask), segments = as_tags(batch, labels), as_spans(batch, types)
    actual = spans_of_tags(ids, labels, types, mask)
    assert actual.widths.equal(segments.widths) and actual.types.equal(segments.types)
    assert tags_of_spans(segments, types, labels, mask).equal(ids)


@deterministic
@given(drawn=batches())
def test_translation_depends_on_the_classes_of_teacher_and_student(drawn):
    batch, types, labels = drawn
    (ids, mask), segments = as_tags(batch, labels), as_spans(batch, types)
    sequence = MaxEnt(torch.zeros(*mask.shape, len(labels)), mask, labels)
    spans = FlatSpans(torch.zeros(*mask.shape, 4, len(types)), mask, types)
    other = FlatSpans(torch.zeros(*mask.shape, 4, len(types)), mask, TYPES)
    assert translated(segments, spans, sequence).equal(ids)
    assert all(map(torch.equal, translated(ids, sequence, spans), segments))
    assert all(map(torch.equal, translated(segments, spans, other), as_spans(batch, TYPES)))
    again = MaxEnt(torch.zeros(*mask.shape, len(labels)), mask, tags(TYPES))
    assert translated(ids, sequence, again).equal(as_tags(batch, tags(TYPES))[0])


def test_relations_are_translated_by_name():
    mask = torch.tensor([[True, True, False]])
    tree = Tree(torch.tensor([[0, 1, 0]]), torch.tensor([[0, 1, 0]]))
    one, other = (random_sample(HeadSelection, 0, (2,), labels).build() for labels in (("a", "b"), ("c", "b", "a")))
    heads, relations = translated(tree, one, with_mask(other, mask))
    assert heads is tree.heads and relations.tolist() == [[2, 1, 0]]
    unlabelled = random_sample(HeadSelection, 0, (2,), ()).build()
    assert translated(tree, one, unlabelled) == Tree(tree.heads, None)
    assert translated(Tree(tree.heads, None), unlabelled, unlabelled) == Tree(tree.heads, None)


def test_labels_that_the_student_lacks_are_refused_by_its_indicator():
    mask = torch.ones(1, 2, dtype=torch.bool)
    spans = FlatSpans(torch.zeros(1, 2, 2, 1), mask, ("PER",))
    sequence = MaxEnt(torch.zeros(1, 2, 2), mask, ("O", "U-PER"))
    actual = translated(Segments(torch.tensor([[2, 0]]), torch.tensor([[0, 0]])), spans, sequence)
    assert actual.tolist() == [[-1, -1]]
    with pytest.raises(ValueError, match=r"label ids \[-1\] are not among 0 to 1"):
        sequence.indicator(actual)


def with_mask(f, mask):
    batch, n = mask.shape
    size = len(f.labels)
    return HeadSelection(torch.zeros(batch, n, n + 1), torch.zeros(batch, n, n + 1, size), mask, f.labels)
