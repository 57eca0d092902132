"""ConstrainedChain satisfies the contract; the marginals of its spans, maximal widths, missing tags, long sentences."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.structures import ConstrainedChain, FlatSpans, LabelMismatch, LinearChain, MaxEnt, target
from skd_plugin.structures.algebra.potentials import FORBIDDEN
from skd_plugin.structures.sequences import bioul as tag_scheme
from skd_plugin.structures.sequences.constrained_chain import constrained
from tests.structures.contracts.labeling import LabelingContract
from tests.structures.oracles.long_chain import forward_backward
from tests.structures.oracles.spans import spans_of
from tests.structures.samples.arc_tables import COMPLETE
from tests.structures.samples.sample import BIOUL, TAGS, close, default_labels, random_sample
from tests.structures.samples.strategies import bioul_labels, deterministic, samples

LEGAL = tag_scheme.legal(TAGS)


class TestConstrainedChain(LabelingContract):
    """With any BIOUL tags and any maximal width."""

    kind = ConstrainedChain
    labels = default_labels(ConstrainedChain)
    label_sets = bioul_labels()


@deterministic
@given(sample=samples(ConstrainedChain, bioul_labels()), width=st.sampled_from([None, 1, 2, 3, 4, 9]))
def test_spans_by_enumeration(sample, width):
    check_spans(with_max_width(sample, width))


@pytest.mark.parametrize("width", [None, 1, 2, 3, 4])
@pytest.mark.parametrize("labels", [TAGS, ("O", "B-X", "L-X"), ("U-X", "O", "I-X", "B-X"), ("L-X", "O", "U-Y")])
@pytest.mark.parametrize("scale", [2.0, 1e3])
def test_spans_of_two_types_and_of_types_that_lack_tags(labels, width, scale):
    check_spans(with_max_width(random_sample(ConstrainedChain, seed=1, labels=labels, scale=scale), width))


@pytest.mark.parametrize("width", [3, 4, 5])
def test_wide_spans_have_no_probability(width):
    """The contract draws widths of one word and two; here spans have an inside whose words are counted."""
    sample = with_max_width(random_sample(ConstrainedChain, seed=2, lengths=(6, 5), labels=BIOUL), width)
    f, enumerated = sample.build(), sample.enumerate()
    close(f.log_partition, [sentence.log_partition for sentence in enumerated])
    close(f.marginals.transitions, [sentence.transitions for sentence in enumerated])
    n_best = f.n_best(100)
    for index, (sentence, n) in enumerate(zip(enumerated, sample.lengths)):
        close(f.token_marginals[index, :n], sentence.token_marginals)
        structures, expected = sentence.n_best(100)
        count = len(structures)
        assert n_best.structures[index, :count, :n].tolist() == structures.tolist()
        assert f.argmax[index, :n].tolist() == structures[0].tolist()
        close(n_best.log_probabilities[index, :count], expected)
        assert n_best.log_probabilities[index, count:].isneginf().all() and not n_best.structures[index, count:].any()


def test_spans_are_no_wider_than_sentences_and_the_maximal_width():
    sample = random_sample(ConstrainedChain, seed=3, labels=TAGS, reach=COMPLETE)
    assert [sample.build(max_width=width).spans.spans.shape[2] for width in (None, 1, 3, 4, 100)] == [4, 1, 3, 4, 4]


def test_spans_are_detached_and_as_precise_as_the_potentials():
    sample = random_sample(ConstrainedChain, seed=4, labels=TAGS)
    single = sample.map(torch.Tensor.float).leaves().build().spans.spans
    assert single.dtype == torch.float32 and not single.requires_grad
    close(single, sample.build().spans.spans, 1e-5)


def test_it_is_the_linear_chain_whose_ill_formed_tags_are_forbidden():
    sample = random_sample(LinearChain, seed=5, labels=TAGS)
    for name, legal in zip(("transitions", "start", "end"), LEGAL):
        sample.potentials[name].masked_fill_(~torch.from_numpy(legal), FORBIDDEN)
    chain = sample.build()
    f = constrained(chain)
    close(f.log_partition, chain.log_partition)
    close(f.marginals.tokens, chain.marginals.tokens)
    close(f.marginals.transitions, chain.marginals.transitions)
    assert f.argmax.equal(chain.argmax)


@pytest.mark.parametrize("width", [None, 2])
def test_forbidden_well_formed_sequences_are_preferred_to_ill_formed_ones(width):
    """Every well-formed sequence has the forbidden potential, so it changes nothing."""
    sample = random_sample(ConstrainedChain, seed=6, labels=TAGS)
    f = sample.build(max_width=width)
    opens = torch.from_numpy(LEGAL.start)
    forbidden = sample.build(start=sample.potentials["start"] + FORBIDDEN * opens, max_width=width)
    close(forbidden.token_marginals, f.token_marginals, 1e-5)
    close(forbidden.spans.spans, f.spans.spans, 1e-5)
    assert forbidden.argmax.equal(f.argmax)


@pytest.mark.parametrize("width", [None, 1, 3])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("extreme", [-1e4, 1e4, FORBIDDEN])
def test_no_potential_makes_a_result_nan_or_infinite(extreme, dtype, width):
    sample = random_sample(ConstrainedChain, seed=7, lengths=(9, 1, 5), labels=TAGS)
    generator = torch.Generator().manual_seed(8)
    sample = sample.map(lambda p: torch.where(torch.rand(p.shape, generator=generator) < 0.5, p, extreme).to(dtype))
    f = sample.leaves().build(max_width=width)
    values = [f.spans.spans, f.log_partition, f.entropy, f.token_marginals, f.marginals.transitions]
    assert all(value.isfinite().all() for value in values)
    close(f.spans.covered.sum(-1).to(dtype) + f.token_marginals[..., TAGS.index("O")], sample.mask.to(dtype), 1e-4)


@pytest.mark.parametrize("width", [None, 7])
@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_500_words(scale, width):
    sample = random_sample(ConstrainedChain, seed=9, lengths=(500, 3), labels=TAGS, scale=scale)
    f = sample.build(max_width=width)
    units, first = ([TAGS.index(f"{prefix}-{name}") for name in tag_scheme.types(TAGS)] for prefix in "UB")
    close(f.spans.spans[:, :, 0], f.token_marginals[..., units], 1e-8)
    close(f.spans.spans[:, :, 1:].sum(2), f.token_marginals[..., first], 1e-8)
    close(sample.map(torch.Tensor.float).build(max_width=width).spans.spans, f.spans.spans, 1e-4)
    if width is None:
        potentials = sample.sentence(0).arrays()
        for name, legal in zip(("transitions", "start", "end"), LEGAL):
            potentials[name] = np.where(legal, potentials[name], FORBIDDEN)
        reference = forward_backward(potentials)
        close(f.log_partition[0], reference.log_partition)
        close(f.token_marginals[0], reference.tokens, 1e-8)


def test_the_gradient_of_what_is_not_well_formed_is_zero():
    sample = random_sample(ConstrainedChain, seed=10, labels=TAGS).leaves()
    f = sample.build()
    (f.log_partition + f.cross_entropy(f.indicator(f.argmax))).sum().backward()
    for name, legal in zip(("transitions", "start", "end"), LEGAL):
        gradient = sample.potentials[name].grad
        assert not gradient[~torch.from_numpy(legal)].any() and gradient[torch.from_numpy(legal)].any()


@pytest.mark.parametrize("kind", [MaxEnt, LinearChain])
def test_constrained_conditions_on_well_formed_tags(kind):
    teacher = random_sample(kind, seed=12, labels=BIOUL)
    student = random_sample(ConstrainedChain, seed=13, labels=BIOUL)
    f = constrained(teacher.build(), student.settings["max_width"])
    enumerated = [one.conditioned_on(other) for one, other in zip(teacher.enumerate(), student.enumerate())]
    for index, (sentence, n) in enumerate(zip(enumerated, teacher.lengths)):
        close(f.token_marginals[index, :n], sentence.token_marginals)
    close(f.log_partition, [sentence.log_partition for sentence in enumerated])


def test_the_maximal_width_is_kept():
    f = random_sample(ConstrainedChain, seed=14, labels=TAGS, reach=2).build()
    copies = [f.tempered(2.0), f.to("cpu"), ConstrainedChain.stack(f.unstack()), f.restricted(BIOUL), constrained(f)]
    assert [one.max_width for one in [*copies, constrained(f, 3), constrained(f, 1)]] == [2, 2, 2, 2, 2, 2, 1]


def test_a_student_conditions_its_teacher():
    chain, narrow = (random_sample(kind, seed=15, labels=TAGS, reach=2) for kind in (LinearChain, ConstrainedChain))
    wide, narrow = narrow.build(max_width=None), narrow.build()
    spans = random_sample(FlatSpans, seed=16, reach=COMPLETE).build()
    for teacher in (chain.build(), wide, spans):
        soft_target = target(teacher, narrow, "renormalize")
        assert (
            soft_target.conditioned.max_width == 2 and soft_target.drops and (soft_target.lost_mass[[0, 2]] > 0).all()
        )
    assert target(narrow, narrow).drops is False and target(wide, wide).drops is False
    with pytest.raises(LabelMismatch, match=r"of its probability to spans of more than 2 words"):
        target(spans, narrow)


@pytest.mark.parametrize("labels", [("noun", "verb"), ("B-X", "L-X"), ("O",)])
def test_labels_that_some_sentences_have_no_sequence_of_are_refused(labels):
    with pytest.raises(ValueError, match=rf"The labels are {', '.join(labels)}, expected BIOUL tags with an O"):
        random_sample(ConstrainedChain, seed=17, labels=labels).build()


def test_a_maximal_width_of_zero_is_refused():
    with pytest.raises(ValueError, match=r"max_width is 0; a span has at least one word"):
        random_sample(ConstrainedChain, seed=18).build(max_width=0)


@pytest.mark.parametrize("tags", ["L-X O O", "O I-X L-X", "B-X L-Y O", "O O B-X", "B-X", "B-X I-X L-X", "U-X L-X O"])
def test_gold_without_probability_is_refused(tags):
    f = random_sample(ConstrainedChain, seed=19, lengths=(4, len(tags.split())), labels=TAGS, reach=2).build()
    gold = torch.full((2, 4), TAGS.index("O"))
    gold[1, : len(tags.split())] = torch.tensor([TAGS.index(tag) for tag in tags.split()])
    with pytest.raises(ValueError, match=rf"Sentence 2 .* has the tags {tags}, expected .* of more than 2 words"):
        f.indicator(gold)


def check_spans(sample):
    spans, kinds = sample.build().spans.spans, tag_scheme.types(sample.labels)
    expected = np.zeros(tuple(spans.shape))
    for table, sentence in zip(expected, sample.enumerate()):
        for tags, probability in zip(sentence.names, sentence.probabilities):
            for first, words, kind in spans_of(tags):
                table[first, words - 1, kinds.index(kind)] += probability
    close(spans, expected)


def with_max_width(sample, width):
    return replace(sample, settings={"max_width": width})
