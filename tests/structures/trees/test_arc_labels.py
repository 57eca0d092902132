"""ArcLabels satisfies the contract, though its labels do not denote every arc."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.structures import ArcLabels, HeadSelection, Tree
from tests.structures.contracts.gradients import ExpectationContract
from tests.structures.contracts.parsing import ParsingContract, RelationsContract
from tests.structures.oracles.trees import head_assignments, is_tree
from tests.structures.samples.arc_tables import COMPLETE
from tests.structures.samples.sample import Sample, close, random_sample
from tests.structures.samples.strategies import deterministic, scales, seeds


class TestArcLabels(ParsingContract, RelationsContract, ExpectationContract):
    kind = ArcLabels

    def test_a_relation_without_a_name_is_refused(self):
        with pytest.raises(ValueError, match=r"relation ids \[1\] are not among 0 to 0"):
            self.fixed(seed=150).build(labels=("subj",))

    def test_a_label_given_twice_is_refused(self):
        with pytest.raises(ValueError, match=r"'subj', 'subj'.*not distinct"):
            self.fixed(seed=151).build(labels=("subj", "subj"))


def without(sample: Sample, unknown: torch.Tensor) -> Sample:
    """A sample in which the labels at the places of `unknown`, bool, shape (batch, n, place), denote no arc."""
    return replace(sample, tables={**sample.tables, "heads": sample.tables["heads"].masked_fill(unknown, -1)})


@deterministic
@given(seed=seeds, scale=scales, kept=st.floats(0.0, 1.0))
def test_argmax_has_an_arc_without_a_label_only_if_there_is_no_other_tree(seed, scale, kept):
    sample = random_sample(ArcLabels, seed, lengths=(4,), scale=scale, reach=COMPLETE)
    random = torch.Generator().manual_seed(seed)
    sample = without(sample, torch.rand(sample.tables["heads"].shape, generator=random) > kept)
    tree = sample.build().argmax
    assert is_tree(tree.heads[0].tolist())
    best = [best_of(sample, heads) for heads in head_assignments(4, is_tree)]
    unknown, score = best_of(sample, tree.heads[0].numpy())
    assert unknown == min(best)[0]
    if unknown == 0:
        close(score, min(best)[1])


def best_of(sample: Sample, heads: np.ndarray) -> tuple:
    """How many of these arcs have no label, and the negative score of the best labels of the others."""
    tables, scores = sample.tables["heads"][0].numpy(), sample.potentials["scores"][0].numpy()
    by_word = [row[places == head] for row, places, head in zip(scores, tables, heads)]
    return sum(not len(word) for word in by_word), -sum(word.max() for word in by_word if len(word))


@pytest.mark.parametrize(
    "words, heads, relations",
    [
        # The only head that the first word can have, without a cycle and a second root, is the third.
        ([{"0@root": 5, "2@obj": 4}, {"1@subj": 0}, {"0@root": 6, "0@subj": -10}], [3, 1, 0], ["obj", "subj", "root"]),
        # The first word has no label for a head that is a word.
        ([{"0@root": 1, "0@obj": 2}, {"0@root": 9, "0@subj": 0}], [2, 0], ["obj", "root"]),
        # The second word has no label for ROOT, nor the first for the second.
        ([{"0@root": 1, "0@obj": 2}, {"1@obj": 3}], [0, 1], ["obj", "obj"]),
        ([{"2@subj": -5, "2@obj": 2}, {"1@obj": 3, "1@root": 4}], [2, 0], ["obj", "root"]),
        ([{}, {"0@obj": 0}], [2, 0], ["subj", "obj"]),
    ],
)
def test_an_arc_without_a_label_has_the_relation_of_the_best_label_to_the_same_kind_of_head(words, heads, relations):
    names = ("subj", "root", "obj")
    arcs = sorted({arc for word in words for arc in word})
    places = [[int(arc[0]) if arc in word else -1 for arc in arcs] for word in words]
    scores = torch.tensor([[[word.get(arc, 0.0) for arc in arcs] for word in words]])
    relation_of = torch.tensor([names.index(arc[2:]) for arc in arcs])
    mask = torch.ones(1, len(words), dtype=torch.bool)
    tree = ArcLabels(scores, torch.tensor([places]), relation_of, mask, names).argmax
    assert tree.heads.tolist() == [heads]
    assert [names[r] for r in tree.relations[0]] == relations


def test_a_word_without_any_valid_label():
    sample = random_sample(ArcLabels, seed=152, lengths=(3, 1))
    lost = torch.zeros_like(sample.tables["heads"], dtype=torch.bool)
    lost[0, 1] = lost[1, 0] = True
    f = without(sample, lost).build()
    assert not f.marginals.tokens[0, 1].any() and not f.marginals.tokens[1].any()
    assert all(is_tree(heads[:n].tolist()) for heads, n in zip(f.argmax.heads, (3, 1)))
    assert f.cross_entropy(f.marginals).isfinite().all()


def test_the_indicator_of_an_arc_without_a_label_is_zero():
    sample = random_sample(ArcLabels, seed=153, lengths=(4,), reach=1)
    # Word 4 has no label for word 1, nor word 3 one for it.
    parts = sample.build().indicator(Tree(torch.tensor([[0, 1, 1, 1]]), torch.tensor([[1, 0, 0, 1]])))
    assert parts.tokens.sum(-1).tolist() == [[1, 1, 0, 0]]
    heads, relation_of = sample.tables["heads"], sample.tables["relation_of"]
    (word, place), (other, next_place) = parts.tokens[0].nonzero().tolist()
    assert [heads[0, word, place], relation_of[place]] == [0, 1]
    assert [heads[0, other, next_place], relation_of[next_place]] == [1, 0]


def test_the_order_of_the_labels_does_not_matter():
    sample = random_sample(ArcLabels, seed=154)
    order = torch.randperm(len(sample.tables["relation_of"]), generator=torch.Generator().manual_seed(0))
    potentials = {"scores": sample.potentials["scores"][..., order]}
    moved = replace(sample, potentials=potentials, tables={name: t[..., order] for name, t in sample.tables.items()})
    f, other = sample.build(), moved.build()
    close(other.log_partition, f.log_partition)
    close(other.marginals.tokens, f.marginals.tokens[..., order])
    assert all(one.equal(two) for one, two in zip(other.argmax, f.argmax))


def test_as_teacher_is_a_head_selection():
    sample = random_sample(ArcLabels, seed=155)
    as_teacher = sample.build().as_teacher
    assert type(as_teacher) is HeadSelection and as_teacher.labels == sample.labels
    assert all(one.equal(two) for one, two in zip(as_teacher.argmax, sample.build().argmax))


def test_trees_without_relations_are_refused():
    f = random_sample(ArcLabels, seed=0).build()
    with pytest.raises(
        ValueError, match="trees have no relations, but an arc label denotes a relation too; give a relation id"
    ):
        f.indicator(Tree(torch.zeros_like(f.mask, dtype=torch.long), None))
