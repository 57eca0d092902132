"""The contract of parsers on relations as a biaffine product: the same answers as with the table that it stands for."""

from typing import Any, Tuple

import pytest
import torch
from hypothesis import given
from torch import Tensor

from skd_plugin.structures import (
    Arcs,
    BiaffineRelations,
    HeadSelection,
    NonProjectiveTree,
    ProjectiveTree,
    Tree,
    project,
    registered,
    target,
)
from skd_plugin.structures.algebra import relation_scores
from skd_plugin.structures.algebra.relation_scores import RelationScores
from tests.structures.contracts.contract import Contract
from tests.structures.contracts.factorization import assert_same_structure
from tests.structures.oracles.exact_parts import tensors
from tests.structures.samples.pairs import students_of
from tests.structures.samples.sample import Sample, close, random_sample
from tests.structures.samples.strategies import deterministic, scales, seeds

Factors = Tuple[Tensor, Tensor, Tensor]
NAMES = ("relation_dependents", "relation_heads", "relation_weights")


class BiaffineRelationsContract(Contract):
    @deterministic
    @given(seed=seeds, scale=scales)
    def test_every_query_has_the_answer_of_the_table(self, seed, scale):
        biaffine, table = _both(self.fixed(seed, scale=scale), seed)
        for actual, expected in zip(self.queries(biaffine), self.queries(table)):
            close(actual, expected)

    @pytest.mark.parametrize("block", [1, 70])
    def test_blocks_of_few_sentences_give_the_same_answers(self, block, monkeypatch):
        expected = self.queries(_both(self.fixed(seed=200), 200)[0])
        monkeypatch.setattr(relation_scores, "_BLOCK", block)
        for actual, whole in zip(self.queries(_both(self.fixed(seed=200), 200)[0]), expected):
            close(actual, whole)

    @pytest.mark.parametrize("temperature", [1.0, 3.0])
    @pytest.mark.parametrize("many", [False, True])
    def test_gradients_are_those_of_the_table(self, temperature, many, monkeypatch):
        """Of gold, of a teacher, and of a table of expected parts, whose arcs are scored one by one or all at once."""
        monkeypatch.setattr(RelationScores, "are_many", lambda *_: many)
        expected = self.fixed(seed=201).build().marginals
        listed = Arcs(expected.arcs, expected.relations)
        found = []
        for form in (0, 1):
            sample = self.fixed(seed=202).leaves()
            factors = _leaves(_factors(sample, 202))
            f = _both(sample, factors=factors)[form].tempered(temperature)
            hard = f.cross_entropy(f.indicator(_first_tree(sample)))
            mixed = f.cross_entropy(0.3 * expected + 0.7 * f.indicator(_first_tree(sample)))
            own, of_list = f.cross_entropy(f.marginals), f.cross_entropy(listed)
            weights = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
            (weights * (hard + mixed + own + of_list)).sum().backward()
            found.append([value.grad for value in (sample.potentials["arcs"], *factors)])
        for actual, exact in zip(*found):
            close(actual, exact)

    def test_gradient_of_relations_against_finite_differences(self):
        sample = self.fixed(seed=203, lengths=(3, 1))
        expected = self.fixed(seed=204, lengths=(3, 1)).build().marginals

        def loss(*factors: Tensor) -> Tensor:
            return sample.build(relations=BiaffineRelations(*factors)).cross_entropy(expected)

        assert torch.autograd.gradcheck(loss, _leaves(_factors(sample, 203)))

    @deterministic
    @given(seed=seeds, scale=scales, arc_scale=scales)
    def test_argmax_of_longer_sentences(self, seed, scale, arc_scale):
        """The best tree under the weights s(h → i) + max_r log P(r | h → i) of all arcs."""
        sample = self.fixed(seed, lengths=(12, 7), labels=("a", "b", "c", "d", "e"), scale=arc_scale)
        f, _ = _both(sample, factors=tuple(scale * factor for factor in _factors(sample, seed)))
        of_heads = f.tempered(1.0)
        best, relations = f.relation_scores.table.log_softmax(-1).max(-1)
        heads = of_heads.best_heads(of_heads.arcs + best, f.lengths)
        chosen = relations.gather(2, heads.unsqueeze(2)).squeeze(2).masked_fill(~sample.mask, 0)
        assert_same_structure(f.argmax, Tree(heads, chosen))

    def test_losses_teaching_and_decoding_make_no_table(self, monkeypatch):
        def fail(*arguments: Any) -> Tensor:
            raise AssertionError("A table was made.")

        monkeypatch.setattr(BiaffineRelations, "table", property(fail))
        monkeypatch.setattr(relation_scores, "_BLOCK", 1)
        largest = []
        score = BiaffineRelations._scores
        monkeypatch.setattr(BiaffineRelations, "_scores", lambda f, rows: largest.append(rows) or score(f, rows))
        teacher, student = (_both(self.fixed(seed), seed, table=False) for seed in (205, 206))
        soft_target = target(self.kind.stack(teacher.unstack()).to("cpu").tempered(2.0), student)
        loss = student.cross_entropy(0.5 * soft_target.expected + 0.5 * student.indicator(student.argmax))
        assert (loss - soft_target.entropy).isfinite().all() and student.arc_probabilities(student.argmax).any()
        assert largest and all(rows.stop - rows.start == 1 for rows in largest)

    @pytest.mark.parametrize("order", [("root", "subj"), ("root",), ()])
    def test_a_teacher_of_other_relations(self, order):
        biaffine, table = _both(self.fixed(seed=207), 207)
        for teacher in (HeadSelection, NonProjectiveTree, ProjectiveTree):
            student = random_sample(teacher, 208, labels=order).build()
            if biaffine.support <= student.support:
                expected = (project(f, student, "renormalize") for f in (biaffine, table))
                for actual, exact in zip(*map(tensors, expected)):
                    close(actual, exact)

    def test_it_teaches_every_student_what_the_table_teaches(self):
        biaffine, table = _both(self.fixed(seed=209), 209)
        students = [kind for teacher, parts in registered() if teacher is self.kind for kind in students_of(parts)]
        assert students
        for kind in students:
            student = random_sample(kind, 210, labels=self.labels).build()
            actual, exact = (target(f, student, "renormalize") for f in (biaffine, table))
            close(student.cross_entropy(actual.expected), student.cross_entropy(exact.expected))
            close(actual.entropy, exact.entropy)
            close(actual.lost_mass, exact.lost_mass)

    def test_unstacked_sentences_keep_the_form_and_share_the_weights(self):
        biaffine, table = _both(self.fixed(seed=211), 211)
        sentences = biaffine.unstack()
        assert all(one.relations is None and one.relation_weights is biaffine.relation_weights for one in sentences)
        again = self.kind.stack(sentences)
        assert again.relations is None and again.relation_dependents is not None
        assert table.relation_weights is table.relation_heads is table.relation_dependents is None

    def test_sentences_in_both_forms_are_stacked_as_tables(self):
        biaffine, table = _both(self.fixed(seed=212), 212)
        (first, *_), (_, *others) = biaffine.unstack(), table.unstack()
        mixed = self.kind.stack([first, *others])
        assert mixed.relations is not None
        for actual, expected in zip(self.queries(mixed), self.queries(table)):
            close(actual, expected)

    @pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
    def test_biaffine_relations_in_half_precision_and_under_autocast(self, dtype):
        sample = self.fixed(seed=213).map(Tensor.float)
        half = tuple(factor.to(dtype) for factor in _factors(sample, 213))
        whole, _ = _both(sample, factors=tuple(factor.float() for factor in half))
        expected = self.queries(whole)
        with torch.autocast("cpu", torch.bfloat16):
            for actual, exact in zip(self.queries(_both(sample, factors=half, table=False)), expected):
                close(actual, exact)

    @pytest.mark.parametrize("place", range(3))
    def test_factors_that_are_not_finite_are_refused(self, place):
        sample = self.fixed(seed=214)
        factors = _factors(sample, 214)
        factors[place].view(-1)[0] = torch.nan
        with pytest.raises(ValueError, match=rf"{NAMES[place]} is nan at \[0, 0, 0\], expected finite numbers"):
            _both(sample, factors=factors, table=False)

    def test_relations_of_other_sentences_are_refused(self):
        sample, other = self.fixed(seed=215), self.fixed(seed=216, lengths=(2, 1))
        message = "relations are of 2 sentences of 2 words, expected as many as arcs are: 3 of 4"
        with pytest.raises(ValueError, match=message):
            sample.build(relations=BiaffineRelations(*_factors(other, 216)))


def _factors(sample: Sample, seed: int) -> Factors:
    """Vectors of four and three features, and weights, in the precision of the sample."""
    generator = torch.Generator().manual_seed(seed)
    batch, n = sample.mask.shape
    shapes = (batch, n, 4), (batch, n + 1, 3), (len(sample.labels), 4, 3)
    random = (torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes)
    dependents, heads, weights = (factor.to(sample.potentials["arcs"].dtype) for factor in random)
    return dependents, heads, weights


def _leaves(factors: Factors) -> Factors:
    dependents, heads, weights = (factor.requires_grad_() for factor in factors)
    return dependents, heads, weights


def _both(sample: Sample, seed: int = 0, factors: Any = None, table: bool = True) -> Any:
    """The distribution with biaffine relations, and the one with their table."""
    relations: RelationScores = BiaffineRelations(*(_factors(sample, seed) if factors is None else factors))
    biaffine = sample.build(relations=relations)
    return (biaffine, sample.build(relations=relations.table)) if table else biaffine


def _first_tree(sample: Sample) -> Tree:
    """The first word depends on ROOT, the others on the first word."""
    heads = torch.ones_like(sample.mask, dtype=torch.long)
    heads[:, 0] = 0
    return Tree(heads, torch.arange(sample.mask.shape[1]).expand_as(heads) % len(sample.labels))
