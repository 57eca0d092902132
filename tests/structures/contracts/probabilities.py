"""The contract on the probabilities of given tags and spans."""

from typing import Dict, Iterator, List, Tuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from skd_plugin.structures import ScoredSpans, Segments, likely_spans, scored_segments
from skd_plugin.structures.sequences import bioul
from skd_plugin.structures.spans.span_factored import SpanFactored
from tests.structures.contracts.contract import Contract
from tests.structures.oracles.brute_force import Enumerated
from tests.structures.oracles.flat_selection import best_gain, is_flat
from tests.structures.oracles.spans import EnumeratedSpans
from tests.structures.samples.sample import BIOUL, Sample, close
from tests.structures.samples.strategies import bioul_labels, deterministic, samples

LONG = 1000

Place = Tuple[int, int, int, int]
"""Sentence, first word, last word and type of a span."""


class TagProbabilitiesContract(Contract):
    @deterministic
    @given(data=st.data())
    def test_tag_probabilities(self, data):
        sample = self.drawn(data)
        tags = random_ids(sample, len(sample.labels), seed=0).masked_fill(~sample.mask, 99)
        probabilities = sample.build().tag_probabilities(tags)
        for row, ids, sentence, n in zip(probabilities, tags, sample.enumerate(), sample.lengths):
            close(row[:n], sentence.token_marginals[np.arange(n), ids[:n]])
            assert not row[n:].any()

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_tag_probabilities_are_detached_and_as_precise_as_the_potentials(self, dtype):
        f = self.fixed(seed=90).map(lambda value: value.to(dtype)).leaves().build()
        check_probabilities(f.tag_probabilities(f.argmax), dtype)

    def test_tag_ids_out_of_range_are_refused(self):
        f = self.fixed(seed=91, lengths=(3, 2)).build()
        with pytest.raises(ValueError, match=rf"label ids \[-1\] are not among 0 to {len(self.labels) - 1}"):
            f.tag_probabilities(torch.full((2, 3), -1))
        with pytest.raises(ValueError, match=r"tags has shape \(2, 4\), expected \(2, 3\)"):
            f.tag_probabilities(torch.zeros(2, 4, dtype=torch.long))


class SpanProbabilitiesContract(Contract):
    def drawn_spans(self, data: st.DataObject) -> Sample:
        """A sample whose labels can express spans."""
        if issubclass(self.kind, SpanFactored):
            return self.drawn(data)
        return data.draw(samples(self.kind, bioul_labels()))

    def fixed_spans(self, seed: int, **changes) -> Sample:
        labels = self.labels if issubclass(self.kind, SpanFactored) else BIOUL
        return self.fixed(seed, **{"labels": labels, **changes})

    @deterministic
    @given(data=st.data())
    def test_span_probabilities(self, data):
        sample = self.drawn_spans(data)
        f, enumerated = sample.build(), sample.enumerate()
        for width, kind, spans in _all_spans(sample):
            probabilities = f.span_probabilities(spans)
            for row, widths, sentence in zip(probabilities, spans.widths, enumerated):
                expected = [_span_mass(sentence, i, width, kind) if w else 0.0 for i, w in enumerate(widths.tolist())]
                close(row, expected)

    @deterministic
    @given(data=st.data(), threshold=st.sampled_from([0.003, 0.1, 0.4]))
    def test_spans_above_a_threshold(self, data, threshold):
        sample = self.drawn_spans(data)
        spans = sample.build().spans_above(threshold)
        found = dict(zip(_places(spans), spans.probabilities))
        expected = {place: mass for place, mass in _masses(sample).items() if mass > threshold}
        assert len(found) == len(spans.rows) and found.keys() == expected.keys()
        close(list(found.values()), list(expected.values()))
        assert [(row, last) for row, _, last, _ in found] == sorted((row, last) for row, _, last, _ in found)

    @deterministic
    @given(data=st.data())
    def test_the_expected_number_of_spans(self, data):
        sample = self.drawn_spans(data)
        totals = [0.0] * len(sample.lengths)
        for (row, *_), mass in _masses(sample).items():
            totals[row] += mass
        close(sample.build().expected_spans, totals)

    @deterministic
    @given(data=st.data(), threshold=st.sampled_from([0.02, 0.2, 0.6]))
    def test_likely_spans_are_the_best_flat_set_of_those_above(self, data, threshold):
        sample = self.drawn_spans(data)
        f = sample.build()
        chosen = likely_spans(f, threshold)
        candidates = {place: mass - threshold for place, mass in _masses(sample).items() if mass > threshold}
        for row, n in enumerate(sample.lengths):
            here = [place for place in _places(chosen) if place[0] == row]
            gains = [(place[1], place[2], gain) for place, gain in candidates.items() if place[0] == row]
            assert is_flat([(first, last) for _, first, last, _ in here])
            close(sum(candidates[place] for place in here), best_gain(gains, n))
        again = scored_segments(*_by_first_word(chosen, sample.mask))
        assert all(one.equal(other) for one, other in zip(chosen, again))

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_spans_above_a_threshold_are_detached_and_as_precise_as_the_potentials(self, dtype):
        f = self.fixed_spans(seed=97).map(lambda value: value.to(dtype)).leaves().build()
        check_probabilities(f.spans_above(0.01).probabilities, dtype)
        assert f.expected_spans.dtype == dtype and not f.expected_spans.requires_grad

    @pytest.mark.parametrize("scale", [2.0, 30.0])
    def test_spans_above_a_threshold_in_float32_of_a_thousand_words(self, scale):
        single = self.fixed_spans(seed=98, lengths=(LONG, 3), scale=scale).map(Tensor.float)
        f, exact = single.build(), single.map(Tensor.double).build()
        probabilities = exact.spans_above(0.05)
        assert len(probabilities.rows) > 10
        rough = dict(zip(_places(f.spans_above(0.04)), f.spans_above(0.04).probabilities))
        close([rough[place] for place in _places(probabilities)], probabilities.probabilities.float(), 1e-5)
        close(f.expected_spans, exact.expected_spans.float(), 1e-5)

    @pytest.mark.parametrize("bad", [0.0, 1.0, -0.5, float("nan")])
    def test_a_threshold_that_is_no_probability_is_refused(self, bad):
        with pytest.raises(ValueError, match=r"The threshold is .*, expected a probability above 0 and below 1\."):
            self.fixed_spans(seed=99).build().spans_above(bad)

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_span_probabilities_are_detached_and_as_precise_as_the_potentials(self, dtype):
        sample = self.fixed_spans(seed=92).map(lambda value: value.to(dtype)).leaves()
        check_probabilities(sample.build().span_probabilities(_one_span(sample)), dtype)

    def test_padding_and_the_types_of_words_without_a_span_are_ignored(self):
        sample = self.fixed_spans(seed=93)
        f, spans = sample.build(), _one_span(sample)
        foreign = Segments(spans.widths.masked_fill(~sample.mask, 99), spans.types.masked_fill(spans.widths == 0, -1))
        close(f.span_probabilities(foreign), f.span_probabilities(spans))

    def test_without_spans_and_without_sentences(self):
        sample = self.fixed_spans(seed=94)
        nothing = torch.zeros_like(sample.mask, dtype=torch.long)
        assert not sample.build().span_probabilities(Segments(nothing, nothing)).any()
        for batch, n in ((0, 4), (2, 0)):
            mask, cut = sample.mask[:batch, :n], _cut(sample, batch, n)
            nothing = torch.zeros_like(mask, dtype=torch.long)
            probabilities = sample.build(**cut, mask=mask).span_probabilities(Segments(nothing, nothing))
            assert probabilities.shape == (batch, n)
            f = sample.build(**cut, mask=mask)
            assert len(likely_spans(f, 0.1).rows) == 0 and f.expected_spans.tolist() == [0.0] * batch

    @pytest.mark.parametrize("scale", [2.0, 30.0])
    def test_span_probabilities_in_float32_of_a_thousand_words(self, scale):
        single = self.fixed_spans(seed=95, lengths=(LONG, 3), scale=scale).map(Tensor.float)
        f, exact = single.build(), single.map(Tensor.double).build()
        for _, _, spans in _all_spans(single, widest=4):
            probabilities = f.span_probabilities(spans)
            close(probabilities, exact.span_probabilities(spans).float(), 4e-6)
            assert probabilities.min() >= 0 and probabilities.max() <= 1

    def test_impossible_spans_are_refused(self):
        sample = self.fixed_spans(seed=96, lengths=(3, 2))
        f, spans = sample.build(), _one_span(sample)
        size = len(_types(sample))
        with pytest.raises(ValueError, match=rf"type ids \[{size}\] are not among 0 to {size - 1}"):
            f.span_probabilities(Segments(spans.widths, spans.types + size * (spans.widths > 0)))
        with pytest.raises(ValueError, match=r"widths \[4\] are not among 0 to 3"):
            f.span_probabilities(Segments(spans.widths.clamp(min=4), spans.types))
        with pytest.raises(ValueError, match=r"widths has shape \(1, 3\), expected \(2, 3\)"):
            f.span_probabilities(Segments(spans.widths[:1], spans.types))
        with pytest.raises(ValueError, match=r"types has shape \(1, 3\), expected \(2, 3\)"):
            f.span_probabilities(Segments(spans.widths, spans.types[:1]))
        spans.widths[1, 1] = 2
        message = (
            r"Sentence 2 of the batch, of 2 words, has a span of 2 from word 2 on, which ends beyond the sentence\."
        )
        with pytest.raises(ValueError, match=message):
            f.span_probabilities(spans)


def _masses(sample: Sample) -> Dict[Place, float]:
    """The probability of every span, by its sentence, first word, last word and type."""
    types = _types(sample)
    return {
        (row, first, first + width - 1, kind): _span_mass(sentence, first, width, name)
        for row, (sentence, n) in enumerate(zip(sample.enumerate(), sample.lengths))
        for first in range(n)
        for width in range(1, n - first + 1)
        for kind, name in enumerate(types)
    }


def _places(spans: ScoredSpans) -> List[Place]:
    return list(zip(*(column.tolist() for column in spans[:4])))


def _by_first_word(spans: ScoredSpans, mask: Tensor) -> Tuple[Segments, Tensor]:
    probabilities = spans.probabilities.new_zeros(mask.shape)
    probabilities[spans.rows, spans.first] = spans.probabilities
    return spans.segments(mask), probabilities


def _all_spans(sample: Sample, widest: int = 4) -> Iterator[Tuple[int, str, Segments]]:
    """For each width and type, the spans from all words from which there is room for them; they overlap."""
    n = sample.mask.shape[1]
    left = torch.tensor(sample.lengths).unsqueeze(1) - torch.arange(n)
    for width in range(1, min(widest, n) + 1):
        widths = width * (left >= width)
        for place, kind in enumerate(_types(sample)):
            yield width, kind, Segments(widths, torch.full_like(widths, place))


def _types(sample: Sample) -> Tuple[str, ...]:
    return sample.labels if issubclass(sample.kind, SpanFactored) else bioul.types(sample.labels)


def _one_span(sample: Sample) -> Segments:
    """A span of the first two words of the first sentence."""
    widths = torch.zeros_like(sample.mask, dtype=torch.long)
    widths[0, 0] = 2
    return Segments(widths, torch.zeros_like(widths))


def _span_mass(sentence: Enumerated, first: int, width: int, kind: str) -> float:
    """The probability of the structures that have the span."""
    if isinstance(sentence, EnumeratedSpans):
        of_widths = sentence.span_marginals[first, :, sentence.types.index(kind)]
        return float(of_widths[width - 1]) if width <= len(of_widths) else 0.0
    prefixes = "U" if width == 1 else "B" + "I" * (width - 2) + "L"
    run = tuple(f"{prefix}-{kind}" for prefix in prefixes)
    return float(sentence.probabilities[[tags[first : first + width] == run for tags in sentence.names]].sum())


def random_ids(sample: Sample, size: int, seed: int) -> Tensor:
    return torch.randint(size, sample.mask.shape, generator=torch.Generator().manual_seed(seed))


def _cut(sample: Sample, batch: int, n: int) -> Dict[str, Tensor]:
    """The potentials of the first sentences and words."""
    kept = {"batch": slice(batch), "n": slice(n)}
    places = {name: tuple(kept.get(axis, slice(None)) for axis in axes) for name, axes in sample.axes.items()}
    return {name: sample.potentials[name][where] for name, where in places.items()}


def check_probabilities(probabilities: Tensor, dtype: torch.dtype) -> None:
    assert probabilities.dtype == dtype and not probabilities.requires_grad
    assert probabilities.any() and probabilities.min() >= 0 and probabilities.max() <= 1
