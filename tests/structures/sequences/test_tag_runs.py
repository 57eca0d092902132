"""Span probabilities as those of runs of tags: long sentences, forced, forbidden and well-formed tags, and errors."""

import numpy as np
import pytest
import torch

from skd_plugin.structures import ConstrainedChain, LinearChain, MaxEnt, Segments
from skd_plugin.structures.algebra.potentials import FORBIDDEN
from skd_plugin.structures.sequences import bioul
from tests.structures.oracles.long_chain import forward_backward
from tests.structures.samples.sample import PLAIN, TAGS, Sample, close, random_sample

TYPES = bioul.types(TAGS)
LEGAL = bioul.legal(TAGS)
# First word, number of words, type.
SPANS = [(0, 1, 0), (1, 4, 1), (7, 2, 0), (40, 3, 1), (55, 5, 0)]


@pytest.mark.parametrize("scale", [0.1, 2.0, 15.0, 60.0])
@pytest.mark.parametrize("length", [60, 1000])
def test_float32_of_long_and_confident_chains(length, scale):
    check_clamped(random_sample(LinearChain, seed=length, lengths=(length,), labels=TAGS, scale=scale))


@pytest.mark.parametrize("forbidden", [-300.0, -1e4, FORBIDDEN])
def test_float32_with_forbidden_transitions(forbidden):
    sample = random_sample(LinearChain, seed=300, lengths=(60,), labels=TAGS)
    sample.potentials["transitions"].masked_fill_(~torch.from_numpy(LEGAL.transitions), forbidden)
    check_clamped(sample)


@pytest.mark.parametrize("penalty", [-90.0, -740.0, -1e4])
def test_float32_of_spans_that_each_word_forces_and_the_transitions_forbid(penalty):
    sample = random_sample(LinearChain, seed=301, lengths=(60,), labels=TAGS)
    for first, width, kind in SPANS:
        allowed = torch.nn.functional.one_hot(torch.tensor(run(width, kind)), len(TAGS)).bool()
        sample.potentials["emissions"][0, first : first + width] += penalty * ~allowed
    inside = torch.tensor([a[0] in "BI" and b[0] in "IL" and a[2:] == b[2:] for a in TAGS for b in TAGS])
    sample.potentials["transitions"] += penalty / 4 * inside.view(len(TAGS), -1)
    probabilities = check_clamped(sample)
    assert all(probabilities[0, first] > 0.99 for first, _, _ in SPANS)


def test_a_shift_of_all_potentials_changes_nothing():
    sample = random_sample(LinearChain, seed=302, lengths=(1000,), labels=TAGS).map(torch.Tensor.float)
    # Multiples of 1/256 so that the shifted emissions are exact in float32.
    emissions = (sample.potentials["emissions"] * 256).round() / 256
    plain, moved = sample.build(emissions=emissions), sample.build(emissions=emissions + 1e4)
    close(moved.span_probabilities(segments(1000)), plain.span_probabilities(segments(1000)), 2e-6)


def test_independent_tags_are_a_product():
    sample = random_sample(MaxEnt, seed=303, lengths=(60,), labels=TAGS)
    probabilities = sample.build().span_probabilities(segments(60))
    tokens = sample.potentials["scores"].softmax(-1)[0]
    for first, width, kind in SPANS:
        words = torch.arange(first, first + width)
        close(probabilities[0, first], tokens[words, run(width, kind)].prod())


@pytest.mark.parametrize("scale", [2.0, 30.0])
@pytest.mark.parametrize("width", [None, 3, 300])
def test_probabilities_in_a_constrained_chain_are_those_of_its_table_of_spans(width, scale):
    sample = random_sample(ConstrainedChain, seed=304, lengths=(200, 70), labels=TAGS, scale=scale)
    f = sample.build(max_width=width)
    probabilities = f.span_probabilities(Segments(*(part.expand(2, -1) for part in segments(200))))
    table = f.spans.spans
    for row in range(2):
        for first, words, kind in SPANS:
            expected = table[row, first, words - 1, kind] if words <= table.shape[2] else 0.0
            close(probabilities[row, first], expected)


def test_a_forbidden_start_of_all_well_formed_tags():
    sample = random_sample(ConstrainedChain, seed=305, lengths=(60,), labels=TAGS)
    start = sample.potentials["start"] + FORBIDDEN * torch.from_numpy(LEGAL.start)
    spans = segments(60)
    forbidden, free = sample.build(start=start, max_width=None), sample.build(max_width=None)
    close(forbidden.span_probabilities(spans), free.span_probabilities(spans), 1e-5)


@pytest.mark.parametrize("lacking, widths", [("I-X", {1, 2}), ("B-X", {1}), ("L-X", {1}), ("U-X", {2, 3, 4})])
def test_a_span_with_missing_tags_has_no_probability(lacking, widths):
    labels = tuple(tag for tag in ("O", "B-X", "I-X", "L-X", "U-X") if tag != lacking)
    f = random_sample(LinearChain, seed=306, lengths=(4,), labels=labels).build()
    row = torch.tensor([[1, 0, 0, 0]])
    possible = {width for width in range(1, 5) if f.span_probabilities(Segments(width * row, 0 * row))[0, 0] > 0}
    assert possible == widths
    above = f.spans_above(1e-9)
    assert set((above.last - above.first + 1).tolist()) == widths


def test_labels_that_are_not_bioul_tags_are_refused():
    f = random_sample(LinearChain, seed=307, lengths=(2,), labels=PLAIN[:2]).build()
    nothing = torch.zeros(1, 2, dtype=torch.long)
    message = r"The labels are noun, verb, expected BIOUL tags: .* Ask for tag_probabilities instead\."
    with pytest.raises(ValueError, match=message):
        f.span_probabilities(Segments(nothing, nothing))


def check_clamped(sample: Sample) -> torch.Tensor:
    """float32 against the ratio of Z of the sequences with the span to Z of all, in the log domain."""
    single = sample.map(torch.Tensor.float)
    probabilities = single.build().span_probabilities(segments(single.lengths[0]))
    exact = single.map(torch.Tensor.double).arrays()
    log_z = forward_backward(exact).log_partition
    for first, width, kind in SPANS:
        clamped = exact["emissions"].copy()
        for word, tag in zip(range(first, first + width), run(width, kind)):
            clamped[word, np.arange(len(TAGS)) != tag] = -np.inf
        with np.errstate(invalid="ignore"):
            log_clamped = forward_backward({**exact, "emissions": clamped}).log_partition
        close(probabilities[0, first], np.float32(np.exp(log_clamped - log_z)), 2e-6)
    return probabilities


def segments(length: int) -> Segments:
    widths, types = torch.zeros(2, 1, length, dtype=torch.long)
    for first, width, kind in SPANS:
        widths[0, first], types[0, first] = width, kind
    return Segments(widths, types)


def run(width: int, kind: int) -> list:
    """The ids of the tags of a span."""
    prefixes = "U" if width == 1 else "B" + "I" * (width - 2) + "L"
    return [TAGS.index(f"{prefix}-{TYPES[kind]}") for prefix in prefixes]
