"""SecondOrder satisfies the contract of a parser, with the posterior that mean field finds."""

import pytest
import torch

from skd_plugin.structures import HeadSelection, SecondOrder
from tests.structures.contracts.parsing import ArcFactoredContract, UnlabelledContract
from tests.structures.oracles.exact_parts import check_parts
from tests.structures.oracles.parses import enumerate_head_selection, mean_field_of
from tests.structures.samples.sample import close, random_sample


class TestSecondOrder(ArcFactoredContract):
    kind = SecondOrder
    checked_by_queries = ("siblings", "grandparents")
    largest_scale_in_float32 = 1.0  # mean field multiplies rounding errors by the scores in each iteration


class TestSecondOrderWithoutRelations(UnlabelledContract):
    kind = SecondOrder
    checked_by_queries = ("siblings", "grandparents")
    largest_scale_in_float32 = 1.0  # mean field multiplies rounding errors by the scores in each iteration


@pytest.mark.parametrize("iterations", [0, 1, 4])
def test_the_number_of_iterations_is_respected_and_kept(iterations):
    sample = random_sample(SecondOrder, seed=140)
    sentences = [sentence.arrays() for sentence in sample.sentences()]
    logits = [{**arrays, "arcs": mean_field_of(arrays, iterations)} for arrays in sentences]
    enumerated = [enumerate_head_selection(arrays, sample.labels) for arrays in logits]
    f = sample.build(iterations=iterations)
    for copy in (f, f.to("cpu"), SecondOrder.stack(f.unstack())):
        check_parts(copy.marginals, enumerated, sample)


def test_without_second_order_scores_it_selects_heads():
    sample = random_sample(SecondOrder, seed=141)
    silent = {name: torch.zeros_like(sample.potentials[name]) for name in ("siblings", "grandparents")}
    arcs, relations = sample.potentials["arcs"], sample.potentials["relations"]
    f, first_order = sample.build(**silent), HeadSelection(arcs, relations, sample.mask, sample.labels)
    close(f.log_partition, first_order.log_partition)
    close(f.marginals.relations, first_order.marginals.relations)


def test_words_attract_siblings():
    """Of two words under one head, each makes the other more probable."""
    sample = random_sample(SecondOrder, seed=142, lengths=(3,), labels=(), scale=0.0)
    sample.potentials["siblings"][0, 0, 3, 1] = sample.potentials["siblings"][0, 1, 3, 0] = 3.0
    marginals = sample.build().marginals.arcs[0]
    assert marginals[:2, 3].min() > 0.5 > marginals[2].max() - 0.01
    close(marginals[0, 3], marginals[1, 3])


def test_tempered_divides_the_logits_that_mean_field_found():
    sample = random_sample(SecondOrder, seed=143)
    f = sample.build()
    tempered = f.tempered(2.0)
    assert type(tempered) is HeadSelection
    close(tempered.arcs, f.posterior.arcs / 2)
    close(tempered.relations, f.relations / 2)


def test_as_teacher_forgets_the_second_order():
    f = random_sample(SecondOrder, seed=144).build()
    assert type(f.as_teacher) is HeadSelection
    assert {"siblings", "grandparents"}.isdisjoint(f.as_teacher.sentence_potentials)


def test_a_negative_number_of_iterations_is_refused():
    with pytest.raises(ValueError, match=r"iterations is -1, expected 0 or more iterations of mean field"):
        random_sample(SecondOrder, seed=145).build(iterations=-1)
