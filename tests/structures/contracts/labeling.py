"""The contract of factorizations over label sequences: also n-best, BIOUL tags, and restriction to labels."""

from typing import List

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from skd_plugin.structures import Factorization, Labeling
from tests.structures.contracts.factorization import FactorizationContract
from tests.structures.contracts.gradients import ExpectationContract
from tests.structures.contracts.inputs import LabelAxisContract
from tests.structures.contracts.probabilities import SpanProbabilitiesContract, TagProbabilitiesContract
from tests.structures.oracles.brute_force import is_well_formed
from tests.structures.samples.sample import BIOUL, PLAIN, close
from tests.structures.samples.strategies import bioul_labels, deterministic, plain_labels, samples


class LabelingContract(
    FactorizationContract,
    ExpectationContract,
    LabelAxisContract,
    TagProbabilitiesContract,
    SpanProbabilitiesContract,
):
    labels = PLAIN[:4]
    label_sets = plain_labels

    @deterministic
    @given(data=st.data())
    def test_token_marginals_are_zero_on_padding(self, data):
        sample = self.drawn(data)
        f = sample.build()
        for actual, sentence in zip(f.token_marginals, sample.enumerate()):
            n = len(sentence.token_marginals)
            close(actual[:n], sentence.token_marginals)
            assert not actual[n:].any()
        close(f.marginals.tokens, f.token_marginals)

    @deterministic
    @given(data=st.data())
    def test_argmax_of_bioul_tags_is_the_best_well_formed_sequence(self, data):
        sample = data.draw(samples(self.kind, bioul_labels()))
        for actual, sentence in zip(sample.build().argmax, sample.enumerate()):
            best = sentence.best
            assert actual.tolist() == [*best, *[0] * (len(actual) - len(best))]
            assert is_well_formed([sample.labels[y] for y in best])

    @deterministic
    @given(data=st.data(), k=st.integers(1, 12))
    def test_n_best(self, data, k):
        _check_n_best(self.drawn(data), k)

    @deterministic
    @given(data=st.data(), k=st.integers(1, 12))
    def test_n_best_of_bioul_tags_are_well_formed(self, data, k):
        _check_n_best(data.draw(samples(self.kind, bioul_labels())), k)

    def test_padding_does_not_change_the_best_tags(self):
        sample = self.fixed(seed=1, labels=BIOUL)
        batch = sample.padded_with(1e4).build()
        for index, length in enumerate(sample.lengths):
            alone = sample.sentence(index).build()
            close(batch.token_marginals[index, :length], alone.token_marginals[0])
            assert batch.argmax[index, :length].equal(alone.argmax[0])
            assert batch.n_best(3).structures[index, :, :length].equal(alone.n_best(3).structures[0])
            close(batch.n_best(1).log_probabilities[index], alone.n_best(1).log_probabilities[0])

    def test_a_sentence_without_words_has_one_labelling(self):
        sample = self.fixed(seed=4)
        f = sample.build(mask=sample.mask & torch.tensor([[True], [False], [True]]))
        assert f.n_best(1).log_probabilities[1].tolist() == [0]
        assert not f.token_marginals[1].any()

    def test_restricted_conditions_on_structures_with_the_given_labels(self):
        sample = self.fixed(seed=3)
        kept = (sample.labels[2], sample.labels[0])
        restricted = sample.build().restricted(kept)
        others = self.fixed(seed=0, labels=kept).enumerate()
        assert restricted.labels == kept
        for actual, sentence, other in zip(restricted.token_marginals, sample.enumerate(), others):
            conditional = sentence.conditioned_on(other).marginals_of(kept)
            close(actual[: len(conditional)], conditional)

    def test_k_must_be_positive(self):
        with pytest.raises(ValueError, match=r"k is 0; ask for at least one"):
            self.fixed(seed=0).build().n_best(0)

    def test_token_marginals_and_n_best_are_detached(self):
        f = self.fixed(seed=20).leaves().build()
        assert not f.token_marginals.requires_grad and not f.n_best(2).log_probabilities.requires_grad

    @pytest.mark.parametrize("bad", [-1, 99])
    def test_a_label_id_out_of_range_is_refused(self, bad):
        f = self.fixed(seed=43, lengths=(3, 2)).build()
        labels = torch.zeros(2, 3, dtype=torch.long)
        labels[0, 1] = bad
        with pytest.raises(ValueError, match=rf"label ids \[{bad}\] are not among 0 to {len(self.labels) - 1}"):
            f.indicator(labels)

    def test_labels_of_another_shape_are_refused(self):
        f = self.fixed(seed=44, lengths=(3, 2)).build()
        with pytest.raises(ValueError, match=r"labels has shape \(2, 4\), expected \(2, 3\)"):
            f.indicator(torch.zeros(2, 4, dtype=torch.long))

    def queries(self, f: Factorization) -> List[Tensor]:
        assert isinstance(f, Labeling)
        return [*super().queries(f), f.token_marginals, f.tag_probabilities(f.argmax), f.n_best(2).structures]


def _check_n_best(sample, k):
    n_best = sample.build().n_best(k)
    assert n_best.structures.shape == (len(sample.mask), k, sample.mask.shape[1])
    for labels, log_probabilities, sentence in zip(*n_best, sample.enumerate()):
        structures, expected = sentence.n_best(k)
        count, length = structures.shape
        assert labels[:count, :length].tolist() == structures.tolist()
        assert not labels[count:].any() and not labels[:, length:].any()
        close(log_probabilities[:count], expected)
        assert log_probabilities[count:].isneginf().all()
