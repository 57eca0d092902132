"""The contract of every parser on its k best trees."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.structures.contracts.contract import Contract
from tests.structures.contracts.factorization import assert_same_structure
from tests.structures.oracles.exact_parts import tensors
from tests.structures.samples.sample import close
from tests.structures.samples.strategies import deterministic


class RankedTreesContract(Contract):
    @deterministic
    @given(data=st.data(), k=st.integers(1, 12))
    def test_n_best(self, data, k):
        _check_n_best(self.drawn(data), k)

    def test_n_best_of_more_trees_than_there_are(self):
        _check_n_best(self.fixed(seed=62, lengths=(3, 1, 2)), k=100)

    def test_n_best_of_equally_good_trees_are_all_of_them(self):
        sample = self.fixed(seed=63, lengths=(3,), scale=0.0)
        (every,) = [sentence.n_best(100)[0].tolist() for sentence in sample.enumerate()]
        trees, log_probabilities = sample.build().n_best(len(every) + 1)
        assert sorted(_arcs(trees, sample)[0, :-1].tolist()) == sorted(every)
        close(log_probabilities[0, :-1], log_probabilities[0, :1].expand(len(every)))
        assert log_probabilities[0, -1].isneginf()

    @deterministic
    @given(data=st.data(), k=st.integers(1, 3))
    def test_the_first_of_n_best_is_argmax(self, data, k):
        f = self.drawn(data).map(torch.Tensor.float).build()
        trees, log_probabilities = f.n_best(k)
        assert_same_structure([part[:, 0] for part in tensors(trees)], f.argmax)
        assert log_probabilities.dtype == torch.float32
        close(log_probabilities[:, 0], -f.cross_entropy(f.indicator(f.argmax)))

    def test_padding_does_not_change_n_best(self):
        sample = self.fixed(seed=64)
        batch = sample.padded_with(1e30).build().n_best(5)
        for index, length in enumerate(sample.lengths):
            alone = sample.sentence(index).build().n_best(5)
            for padded, unpadded in zip(tensors(batch.structures), tensors(alone.structures)):
                assert padded[index, :, :length].equal(unpadded[0]) and not padded[index, :, length:].any()
            close(batch.log_probabilities[index].exp(), alone.log_probabilities[0].exp())

    def test_a_sentence_without_words_has_one_tree(self):
        sample = self.fixed(seed=65)
        f = sample.build(mask=sample.mask & torch.tensor([[True], [False], [True]]))
        for trees, log_probabilities in (f.n_best(3), f.unstack()[1].n_best(3)):
            assert log_probabilities[len(log_probabilities) // 2].tolist() == [0, -torch.inf, -torch.inf]
            assert not any(part[len(part) // 2].any() for part in tensors(trees))

    def test_k_must_be_positive(self):
        with pytest.raises(ValueError, match=r"k is 0; ask for at least one structure\."):
            self.fixed(seed=66).build().n_best(0)

    def test_n_best_is_detached(self):
        trees, log_probabilities = self.fixed(seed=67).leaves().build().n_best(2)
        assert not any(value.requires_grad for value in (log_probabilities, *tensors(trees)))


def _check_n_best(sample, k):
    trees, log_probabilities = sample.build().n_best(k)
    assert trees.heads.shape == (len(sample.mask), k, sample.mask.shape[1])
    for arcs, actual, sentence in zip(_arcs(trees, sample), log_probabilities, sample.enumerate()):
        structures, expected = sentence.n_best(k)
        count, length = structures.shape
        assert arcs[:count, :length].tolist() == structures.tolist()
        assert not arcs[count:].any() and not arcs[:, length:].any()
        close(actual[:count], expected)
        assert actual[count:].isneginf().all()


def _arcs(trees, sample):
    """The ids of labelled arcs, as in the enumeration."""
    return trees.heads if trees.relations is None else trees.heads * len(sample.labels) + trees.relations
