"""What every factorization over label sequences must satisfy: a concrete test names its class and inherits it."""

from typing import ClassVar, Type

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.structures import Bigrams, Factorization

from .brute_force import is_well_formed
from .contract_gradients import GradientContract
from .contract_inputs import InputContract
from .samples import BIOUL, close, random_sample
from .strategies import bioul_labels, deterministic, samples, temperatures


class InferenceContract:
    """Every query against the enumeration of all label sequences."""

    kind: ClassVar[Type[Factorization]]

    @deterministic
    @given(data=st.data())
    def test_log_partition(self, data):
        sample = data.draw(samples(self.kind))
        close(sample.build().log_partition, [sentence.log_partition for sentence in sample.enumerate()])

    @deterministic
    @given(data=st.data())
    def test_token_marginals_are_zero_on_padding(self, data):
        sample = data.draw(samples(self.kind))
        f = sample.build()
        for actual, sentence in zip(f.token_marginals, sample.enumerate()):
            expected = np.zeros(actual.shape)
            expected[: len(sentence.token_marginals)] = sentence.token_marginals
            close(actual, expected)

    @deterministic
    @given(data=st.data())
    def test_marginals_of_the_own_parts(self, data):
        sample = data.draw(samples(self.kind))
        f = sample.build()
        marginals = f.marginals
        close(marginals.tokens, f.token_marginals)
        if isinstance(marginals, Bigrams):
            close(marginals.transitions, np.stack([sentence.transitions for sentence in sample.enumerate()]))

    @deterministic
    @given(data=st.data())
    def test_argmax(self, data):
        sample = data.draw(samples(self.kind))
        for actual, sentence in zip(sample.build().argmax, sample.enumerate()):
            best = sentence.n_best(1)[0][0]
            assert actual.tolist() == [*best, *[0] * (len(actual) - len(best))]

    @deterministic
    @given(data=st.data())
    def test_argmax_of_bioul_tags_is_the_best_well_formed_sequence(self, data):
        sample = data.draw(samples(self.kind, bioul_labels()))
        for actual, sentence in zip(sample.build().argmax, sample.enumerate()):
            best = sentence.n_best(1)[0][0]
            assert actual.tolist() == [*best, *[0] * (len(actual) - len(best))]
            assert is_well_formed([sample.labels[y] for y in best])

    @deterministic
    @given(data=st.data(), k=st.integers(1, 12))
    def test_n_best(self, data, k):
        self._check_n_best(data.draw(samples(self.kind)), k)

    @deterministic
    @given(data=st.data(), k=st.integers(1, 12))
    def test_n_best_of_bioul_tags_are_well_formed(self, data, k):
        self._check_n_best(data.draw(samples(self.kind, bioul_labels())), k)

    @deterministic
    @given(data=st.data())
    def test_entropy(self, data):
        sample = data.draw(samples(self.kind))
        close(sample.build().entropy, [sentence.entropy for sentence in sample.enumerate()])

    @deterministic
    @given(data=st.data(), temperature=temperatures)
    def test_tempered_divides_every_potential(self, data, temperature):
        sample = data.draw(samples(self.kind))
        tempered = sample.build().tempered(temperature)
        enumerated = sample.tempered(temperature).enumerate()
        close(tempered.log_partition, [sentence.log_partition for sentence in enumerated])
        close(tempered.entropy, [sentence.entropy for sentence in enumerated])

    @deterministic
    @given(data=st.data())
    def test_cross_entropy_with_its_own_marginals_is_the_entropy(self, data):
        f = data.draw(samples(self.kind)).build()
        close(f.cross_entropy(f.marginals), f.entropy)

    @deterministic
    @given(data=st.data())
    def test_cross_entropy_with_an_indicator_is_the_negative_log_probability(self, data):
        sample = data.draw(samples(self.kind))
        f, enumerated = sample.build(), sample.enumerate()
        chosen = [data.draw(st.integers(0, len(sentence.scores) - 1)) for sentence in enumerated]
        gold = torch.zeros_like(sample.mask, dtype=torch.long)
        for row, sentence, c in zip(gold, enumerated, chosen):
            row[: sentence.structures.shape[1]] = torch.from_numpy(sentence.structures[c])
        expected = [-sentence.log_probabilities[c] for sentence, c in zip(enumerated, chosen)]
        close(f.cross_entropy(f.indicator(gold)), expected)

    def test_indicator_ignores_the_labels_of_padding(self):
        sample = random_sample(self.kind, seed=0)
        f = sample.build()
        gold = torch.arange(sample.mask.numel()).view(sample.mask.shape) % len(sample.labels)
        unknown = gold.masked_fill(~sample.mask, -1)
        close(f.cross_entropy(f.indicator(unknown)), f.cross_entropy(f.indicator(gold)))

    def test_padding_changes_nothing(self):
        sample = random_sample(self.kind, seed=1, labels=BIOUL)
        batch = sample.padded_with(1e4).build()
        for index, length in enumerate(sample.lengths):
            alone = sample.sentence(index).build()
            close(batch.log_partition[index], alone.log_partition[0])
            close(batch.entropy[index], alone.entropy[0])
            close(batch.token_marginals[index, :length], alone.token_marginals[0])
            close(batch.cross_entropy(batch.marginals)[index], alone.cross_entropy(alone.marginals)[0])
            assert batch.argmax[index, :length].equal(alone.argmax[0])
            assert batch.n_best(3).labels[index, :, :length].equal(alone.n_best(3).labels[0])
            close(batch.n_best(1).log_probabilities[index], alone.n_best(1).log_probabilities[0])

    def test_a_sentence_without_words_is_certain(self):
        sample = random_sample(self.kind, seed=4)
        mask = sample.mask & torch.tensor([[True], [False], [True]])
        f, whole = sample.build(mask=mask), sample.build()
        values = (
            f.log_partition,
            f.entropy,
            f.n_best(1).log_probabilities[:, 0],
            f.cross_entropy(f.indicator(f.argmax)),
        )
        assert [value[1].item() for value in values] == [0, 0, 0, 0]
        assert not f.token_marginals[1].any() and not f.argmax[1].any()
        close(f.log_partition[[0, 2]], whole.log_partition[[0, 2]])

    def test_unstack_gives_unpadded_sentences_and_stack_restores_the_batch(self):
        sample = random_sample(self.kind, seed=2)
        sentences = sample.build().unstack()
        assert [sentence.mask.tolist() for sentence in sentences] == [[[True] * n] for n in sample.lengths]
        again = self.kind.stack(sentences)
        assert again.mask.equal(sample.mask) and again.labels == sample.labels
        close(again.log_partition, sample.build().log_partition)
        close(again.token_marginals, sample.build().token_marginals)

    def test_restricted_conditions_on_structures_with_the_given_labels(self):
        sample = random_sample(self.kind, seed=3)
        kept = (sample.labels[2], sample.labels[0])
        restricted = sample.build().restricted(kept)
        assert restricted.labels == kept
        for index, sentence in enumerate(sample.enumerate()):
            conditional = sentence.restricted_to(kept).token_marginals[:, [2, 0]]
            close(restricted.token_marginals[index, : len(conditional)], conditional)

    def test_k_must_be_positive(self):
        with pytest.raises(ValueError, match=r"k is 0; ask for at least one"):
            random_sample(self.kind, seed=0).build().n_best(0)

    def _check_n_best(self, sample, k):
        found = sample.build().n_best(k)
        assert found.labels.shape == (len(sample.mask), k, sample.mask.shape[1])
        for labels, log_probabilities, sentence in zip(*found, sample.enumerate()):
            structures, expected = sentence.n_best(k)
            count, length = structures.shape
            assert labels[:count, :length].tolist() == structures.tolist()
            assert not labels[count:].any() and not labels[:, length:].any()
            close(log_probabilities[:count], expected)
            assert log_probabilities[count:].isneginf().all()


class FactorizationContract(InferenceContract, GradientContract, InputContract):
    """All of it. A concrete test sets `kind` and needs an entry in `samples.py`."""
