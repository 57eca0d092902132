"""The contract of factorizations over spans: also decoding of flat sets, widths, and conditioning."""

from typing import List

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from skd_plugin.structures import Factorization, FlatSpans, Segments
from skd_plugin.structures.spans.span_factored import SpanFactored
from tests.structures.contracts.factorization import FactorizationContract, assert_same_structure
from tests.structures.contracts.gradients import ExpectationContract
from tests.structures.contracts.inputs import LabelAxisContract
from tests.structures.contracts.probabilities import SpanProbabilitiesContract
from tests.structures.oracles.exact_parts import check_parts, tensors
from tests.structures.oracles.spans import enumerate_flat_spans
from tests.structures.samples.arc_tables import COMPLETE
from tests.structures.samples.sample import TYPES, close
from tests.structures.samples.strategies import deterministic, entity_types


class SpanContract(FactorizationContract, ExpectationContract, LabelAxisContract, SpanProbabilitiesContract):
    labels = TYPES
    label_sets = entity_types

    @deterministic
    @given(data=st.data())
    def test_no_two_of_the_best_spans_share_a_word(self, data):
        sample = self.drawn(data)
        widths, types = sample.build().argmax
        for row, of_type, n in zip(widths, types, sample.lengths):
            words = [first + k for first, width in enumerate(row.tolist()) for k in range(width)]
            assert len(words) == len(set(words)) and all(word < n for word in words)
            assert not of_type[row == 0].any()

    @deterministic
    @given(data=st.data(), k=st.integers(1, 12))
    def test_n_best(self, data, k):
        sample = self.drawn(data)
        n_best = sample.build().n_best(k)
        assert all(part.shape == (len(sample.mask), k, sample.mask.shape[1]) for part in n_best.structures)
        enumerated = [sentence.n_best(k) for sentence in sample.enumerate()]
        for rank in range(k):
            here = Segments(*(part[:, rank] for part in n_best.structures))
            rows = [structures[rank] if rank < len(structures) else [] for structures, _ in enumerated]
            assert_same_structure(here, sample.structure(rows))
        for actual, (_, expected) in zip(n_best.log_probabilities, enumerated):
            close(actual[: len(expected)], expected)
            assert actual[len(expected) :].isneginf().all()

    @deterministic
    @given(data=st.data())
    def test_flat_is_conditioned_on_spans_that_share_no_word(self, data):
        sample = self.drawn(data)
        flat = sample.build().flat
        assert type(flat) is FlatSpans and flat.labels == sample.labels
        others = [enumerate_flat_spans(sentence.arrays(), sample.labels) for sentence in sample.sentences()]
        conditional = [sentence.conditioned_on(other) for sentence, other in zip(sample.enumerate(), others)]
        check_parts(flat.marginals, conditional, sample)
        close(flat.log_partition, [other.log_partition for other in others])

    def test_padding_does_not_change_the_n_best(self):
        sample = self.fixed(seed=1)
        batch = sample.padded_with(1e4).build().n_best(3)
        for index, length in enumerate(sample.lengths):
            alone = sample.sentence(index).build().n_best(3)
            close(batch.log_probabilities[index], alone.log_probabilities[0])
            for padded, unpadded in zip(batch.structures, alone.structures):
                assert padded[index, :, :length].equal(unpadded[0]) and not padded[index, :, length:].any()

    def test_a_sentence_without_words_has_one_set_of_spans(self):
        sample = self.fixed(seed=4)
        f = sample.build(mask=sample.mask & torch.tensor([[True], [False], [True]]))
        n_best = f.n_best(2)
        assert n_best.log_probabilities[1].tolist() == [0, -torch.inf]
        assert not any(part[1].any() for part in n_best.structures)

    def test_unstack_of_a_sentence_without_words(self):
        sample = self.fixed(seed=50)
        f = sample.build(mask=sample.mask & torch.tensor([[True], [False], [True]]))
        empty = f.unstack()[1]
        assert empty.mask.shape == (1, 0)
        assert [value.item() for value in (empty.log_partition, empty.entropy)] == [0, 0]
        assert [part.shape for part in empty.argmax] == [(1, 0)] * 2
        close(self.kind.stack(f.unstack()).log_partition, f.log_partition)

    def test_restricted_conditions_on_structures_with_the_given_types(self):
        sample = self.fixed(seed=3)
        kept = (sample.labels[1],)
        restricted, other = sample.build().restricted(kept), self.fixed(seed=0, labels=kept)
        assert restricted.labels == kept
        pairs = zip(sample.enumerate(), other.enumerate())
        check_parts(restricted.marginals, [sentence.conditioned_on(few) for sentence, few in pairs], other)

    @pytest.mark.parametrize("width", [1, 2, 3])
    def test_narrowed_is_conditioned_on_spans_that_are_not_wider(self, width):
        sample = self.fixed(seed=5, lengths=(3, 1, 2), reach=COMPLETE)
        other = self.fixed(seed=0, lengths=(3, 1, 2), reach=width)
        narrow = sample.build().narrowed(width)
        assert narrow.max_width == width
        pairs = zip(sample.enumerate(), other.enumerate())
        check_parts(narrow.marginals, [sentence.conditioned_on(few) for sentence, few in pairs], other)

    def test_widths_beyond_the_sentence_change_nothing(self):
        sample = self.fixed(seed=6, reach=COMPLETE)
        wide = sample.potentials["scores"].new_full((3, 4, 3, 2), 1e4)
        f = sample.build(scores=torch.cat([sample.potentials["scores"], wide], 2))
        assert f.max_width == 7
        close(f.log_partition, sample.build().log_partition)
        assert_same_structure(f.argmax, sample.build().argmax)
        close(f.marginals.spans[:, :, :4], sample.build().marginals.spans)
        assert not f.marginals.spans[:, :, 4:].any()

    def test_k_must_be_positive(self):
        with pytest.raises(ValueError, match=r"k is 0; ask for at least one"):
            self.fixed(seed=0).build().n_best(0)

    def test_n_best_is_detached(self):
        assert not self.fixed(seed=20).leaves().build().n_best(2).log_probabilities.requires_grad

    def test_scores_without_widths_are_refused(self):
        sample = self.fixed(seed=40)
        with pytest.raises(ValueError, match=r"scores has shape \(3, 4, 0, 2\), expected an axis of one width or more"):
            sample.build(scores=sample.potentials["scores"][:, :, :0])

    @pytest.mark.parametrize("bad", [-1, 3, 99])
    def test_a_width_out_of_range_is_refused(self, bad):
        f, gold = self._gold(seed=41)
        gold.widths[0, 1] = bad
        with pytest.raises(ValueError, match=rf"widths \[{bad}\] are not among 0 to 2"):
            f.indicator(gold)

    @pytest.mark.parametrize("bad", [-1, 2, 99])
    def test_a_type_id_out_of_range_is_refused(self, bad):
        f, gold = self._gold(seed=42)
        gold.types[0, 1] = bad
        with pytest.raises(ValueError, match=rf"type ids \[{bad}\] are not among 0 to 1"):
            f.indicator(gold)

    @pytest.mark.parametrize(
        "row, widths, width, word",
        [(0, [2, 1, 0], 1, 2), (0, [0, 2, 1], 1, 3), (0, [0, 0, 2], 2, 3), (1, [0, 2, 0], 2, 2)],
    )
    def test_spans_that_overlap_or_end_beyond_the_sentence_are_refused(self, row, widths, width, word):
        f, gold = self._gold(seed=44)
        gold.widths.zero_()[row] = torch.tensor(widths)
        message = rf"Sentence {row + 1} of the batch, of {3 - row} words, has a span of {width} from word {word} on"
        with pytest.raises(ValueError, match=message):
            f.indicator(gold)

    @pytest.mark.parametrize("name", Segments._fields)
    def test_segments_of_another_shape_are_refused(self, name):
        f, gold = self._gold(seed=43)
        with pytest.raises(ValueError, match=rf"{name} has shape \(2, 4\), expected \(2, 3\)"):
            f.indicator(gold._replace(**{name: torch.zeros(2, 4, dtype=torch.long)}))

    def _gold(self, seed):
        f = self.fixed(seed, lengths=(3, 2)).build()
        return f, Segments(*(part.clone() for part in f.argmax))

    def queries(self, f: Factorization) -> List[Tensor]:
        assert isinstance(f, SpanFactored)
        probabilities = f.span_probabilities(f.argmax)
        return [*super().queries(f), *tensors(f.n_best(2).structures), probabilities, f.flat.log_partition.detach()]
