"""The contract of every factorization: every query against the enumeration of all structures."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests.structures.contracts.contract import Contract
from tests.structures.contracts.gradients import GradientContract
from tests.structures.contracts.inputs import InputContract
from tests.structures.contracts.precision import PrecisionContract
from tests.structures.oracles.exact_parts import check_parts, exact_choices, tensors
from tests.structures.samples.sample import close
from tests.structures.samples.strategies import deterministic, temperatures


class InferenceContract(Contract):
    @deterministic
    @given(data=st.data())
    def test_log_partition(self, data):
        sample = self.drawn(data)
        close(sample.build().log_partition, [sentence.log_partition for sentence in sample.enumerate()])

    @deterministic
    @given(data=st.data())
    def test_marginals_of_the_own_parts(self, data):
        sample = self.drawn(data)
        marginals = sample.build().marginals
        assert type(marginals) is self.kind.parts
        check_parts(marginals, sample.enumerate(), sample)

    @deterministic
    @given(data=st.data())
    def test_choices_are_the_most_probable_alternatives_of_each_word(self, data):
        sample = self.drawn(data)
        rows = zip(sample.build().choices, sample.enumerate(), sample.sentences())
        for actual, distribution, sentence in rows:
            best = exact_choices(self.kind.parts, distribution, sentence)
            assert actual[: len(best)].tolist() == best.tolist()

    @deterministic
    @given(data=st.data())
    def test_argmax_is_the_best_well_formed_structure(self, data):
        sample = self.drawn(data)
        expected = sample.structure([sentence.best for sentence in sample.enumerate()])
        assert_same_structure(sample.build().argmax, expected)

    @deterministic
    @given(data=st.data())
    def test_entropy(self, data):
        sample = self.drawn(data)
        close(sample.build().entropy, [sentence.entropy for sentence in sample.enumerate()])

    @deterministic
    @given(data=st.data(), temperature=temperatures)
    def test_tempered_divides_every_potential(self, data, temperature):
        sample = self.drawn(data)
        tempered = sample.build().tempered(temperature)
        enumerated = sample.tempered(temperature).enumerate()
        close(tempered.log_partition, [sentence.log_partition for sentence in enumerated])
        close(tempered.entropy, [sentence.entropy for sentence in enumerated])

    @deterministic
    @given(data=st.data())
    def test_as_teacher_is_the_same_distribution(self, data):
        sample = self.drawn(data)
        as_teacher, enumerated = sample.build().as_teacher, sample.enumerate()
        close(as_teacher.log_partition, [sentence.log_partition for sentence in enumerated])
        check_parts(as_teacher.marginals, enumerated, sample)
        close(as_teacher.entropy, [sentence.entropy for sentence in enumerated])

    @deterministic
    @given(data=st.data())
    def test_cross_entropy_with_its_own_marginals_is_the_entropy(self, data):
        f = self.drawn(data).build()
        close(f.cross_entropy(f.marginals), f.entropy)

    @deterministic
    @given(data=st.data())
    def test_cross_entropy_with_an_indicator_is_the_negative_log_probability(self, data):
        sample = self.drawn(data)
        f, enumerated = sample.build(), sample.enumerate()
        chosen = [data.draw(st.sampled_from(sentence.expressible)) for sentence in enumerated]
        gold = sample.structure([sentence.structures[c] for sentence, c in zip(enumerated, chosen)])
        expected = [-sentence.log_probabilities[c] for sentence, c in zip(enumerated, chosen)]
        close(f.cross_entropy(f.indicator(gold)), expected)

    def test_indicator_ignores_padding(self):
        sample = self.fixed(seed=0)
        f = sample.build()
        gold = f.argmax
        for foreign in (-1, 99):
            changed = with_padding(gold, sample.mask, foreign)
            close(f.cross_entropy(f.indicator(changed)), f.cross_entropy(f.indicator(gold)))

    @pytest.mark.parametrize("value", [1e4, 1e30, -1e30])
    def test_padding_changes_nothing(self, value):
        sample = self.fixed(seed=1)
        batch = sample.padded_with(value).build()
        check_parts(batch.marginals, sample.enumerate(), sample)
        for index, length in enumerate(sample.lengths):
            alone = sample.sentence(index).build()
            close(batch.log_partition[index], alone.log_partition[0])
            close(batch.entropy[index], alone.entropy[0])
            close(batch.cross_entropy(batch.marginals)[index], alone.cross_entropy(alone.marginals)[0])
            for padded, unpadded in zip(tensors(batch.argmax), tensors(alone.argmax)):
                assert padded[index, :length].equal(unpadded[0]) and not padded[index, length:].any()

    def test_a_sentence_without_words_is_certain(self):
        sample = self.fixed(seed=4)
        mask = sample.mask & torch.tensor([[True], [False], [True]])
        f, whole = sample.build(mask=mask), sample.build()
        values = (f.log_partition, f.entropy, f.cross_entropy(f.indicator(f.argmax)))
        assert [value[1].item() for value in values] == [0, 0, 0]
        assert not any(value[1].any() for value in (*tensors(f.marginals), *tensors(f.argmax)))
        close(f.log_partition[[0, 2]], whole.log_partition[[0, 2]])

    def test_unstack_gives_unpadded_sentences_and_stack_restores_the_batch(self):
        sample = self.fixed(seed=2)
        sentences = sample.build().unstack()
        assert [sentence.mask.tolist() for sentence in sentences] == [[[True] * n] for n in sample.lengths]
        again = self.kind.stack(sentences)
        assert again.mask.equal(sample.mask) and again.labels == sample.labels
        close(again.log_partition, sample.build().log_partition)
        check_parts(again.marginals, sample.enumerate(), sample)

    def test_chosen_sentences_keep_their_distributions(self):
        f = self.fixed(seed=6).build()
        for chosen in (torch.tensor([2, 0]), torch.tensor([False, True, True]), torch.tensor([], dtype=torch.long)):
            some = f.of_sentences(chosen)
            assert type(some) is self.kind and some.labels == f.labels and some.mask.equal(f.mask[chosen])
            close(some.log_partition, f.log_partition[chosen])

    def test_moving_to_a_device_changes_nothing(self):
        sample = self.fixed(seed=5)
        moved = sample.build().to("cpu")
        assert type(moved) is self.kind and moved.labels == sample.labels
        check_parts(moved.marginals, sample.enumerate(), sample)


class FactorizationContract(InferenceContract, GradientContract, InputContract, PrecisionContract):
    """The whole contract. The class needs entries in `kinds.py`."""


def assert_same_structure(actual, expected) -> None:
    assert len(tensors(actual)) == len(tensors(expected))
    assert all(one.equal(other) for one, other in zip(tensors(actual), tensors(expected)))


def with_padding(structure, mask: torch.Tensor, value: int):
    """The structure with `value` on padding."""
    if isinstance(structure, torch.Tensor):
        return structure.masked_fill(~mask, value)
    return type(structure)(*(None if part is None else part.masked_fill(~mask, value) for part in structure))
