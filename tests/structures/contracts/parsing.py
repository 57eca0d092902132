"""The contract of parsers: also trees with one root, words with an unknown relation, and long sentences."""

from dataclasses import replace
from typing import List

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from skd_plugin.structures import Factorization, Parsing, Tree
from tests.structures.contracts.arc_probabilities import ArcProbabilitiesContract
from tests.structures.contracts.biaffine_relations import BiaffineRelationsContract
from tests.structures.contracts.contract import Contract
from tests.structures.contracts.factorization import FactorizationContract, assert_same_structure
from tests.structures.contracts.inputs import LabelAxisContract
from tests.structures.contracts.ranked_trees import RankedTreesContract
from tests.structures.oracles.exact_parts import tensors
from tests.structures.oracles.trees import is_tree
from tests.structures.samples.sample import RELATIONS, close, random_sample
from tests.structures.samples.strategies import deterministic, relations

WORDS = 200


class ParsingContract(FactorizationContract, RankedTreesContract, ArcProbabilitiesContract):
    labels = RELATIONS
    label_sets = relations

    @deterministic
    @given(data=st.data())
    def test_argmax_is_a_tree_with_one_root(self, data):
        sample = self.drawn(data)
        heads = sample.build().argmax.heads
        assert all(is_tree(row[:n].tolist()) for row, n in zip(heads, sample.lengths))

    def test_unstack_of_a_sentence_without_words(self):
        sample = self.fixed(seed=50)
        mask = sample.mask & torch.tensor([[True], [False], [True]])
        f = sample.build(mask=mask)
        empty = f.unstack()[1]
        assert empty.mask.shape == (1, 0)
        assert [value.item() for value in (empty.log_partition, empty.entropy)] == [0, 0]
        assert [list(value.shape[:2]) for value in tensors(empty.argmax)] == [[1, 0]] * len(tensors(f.argmax))
        close(self.kind.stack(f.unstack()).log_partition, f.log_partition)

    def test_float32_of_a_long_sentence(self):
        sample = self.fixed(seed=51, lengths=(WORDS,), reach=WORDS // 2).map(torch.Tensor.float).leaves()
        f = sample.build()
        queries = self.queries(f)
        assert all(value.isfinite().all() for value in queries)
        assert is_tree(f.argmax.heads[0].tolist())
        close(tensors(f.marginals)[0].sum(-1), torch.ones(1, WORDS), 1e-5)
        (f.log_partition + f.cross_entropy(f.indicator(f.argmax))).sum().backward()
        assert all(value.grad.isfinite().all() for value in sample.potentials.values())

    def test_heads_of_another_shape_are_refused(self):
        f = self.fixed(seed=52, lengths=(3, 2)).build()
        with pytest.raises(ValueError, match=r"heads has shape \(2, 4\), expected \(2, 3\)"):
            f.indicator(Tree(torch.zeros(2, 4, dtype=torch.long), None))

    @pytest.mark.parametrize("bad", [-1, 4, 99])
    def test_a_head_out_of_range_is_refused(self, bad):
        f = self.fixed(seed=53, lengths=(3, 2)).build()
        heads = f.argmax.heads.clone()
        heads[0, 1] = bad
        with pytest.raises(ValueError, match=rf"heads \[{bad}\] are not among 0 to 3"):
            f.indicator(Tree(heads, None))

    def queries(self, f: Factorization) -> List[Tensor]:
        assert isinstance(f, Parsing)
        return [*super().queries(f), *tensors(f.n_best(2).structures), f.arc_probabilities(f.argmax)]


class RelationsContract(Contract):
    """For parsers with relations."""

    def test_a_word_whose_relation_is_unknown(self):
        sample = self.fixed(seed=54)
        f, mask = sample.build(), sample.mask.clone()
        heads, ids = f.argmax
        mask[0, 1] = False
        known = f.indicator(Tree(heads, ids))
        unknown = f.indicator(Tree(heads, ids.masked_fill(~mask, -1)))
        (joint, kept) = tensors(known)[-1], tensors(unknown)[-1]
        assert joint.sum() == sample.mask.sum() and kept.sum() == mask.sum()
        close(kept, joint * mask.view(*mask.shape, *[1] * (joint.dim() - 2)))

    @pytest.mark.parametrize("bad", [-2, 2, 99])
    def test_a_relation_id_out_of_range_is_refused(self, bad):
        f = self.fixed(seed=55, lengths=(3, 2)).build()
        heads, ids = f.argmax
        ids = ids.clone()
        ids[0, 1] = bad
        with pytest.raises(ValueError, match=rf"relation ids \[{bad}\] are not among -1 to 1"):
            f.indicator(Tree(heads, ids))


class ArcFactoredContract(ParsingContract, RelationsContract, LabelAxisContract, BiaffineRelationsContract):
    """For parsers whose potentials are arcs and relations."""

    @pytest.mark.parametrize("seed", range(10))
    def test_argmax_weighs_the_best_relation_of_an_arc(self, seed):
        sample = self.fixed(seed, lengths=(3,), scale=0.1)
        relations = {"relations": 30 * sample.potentials["relations"]}
        sample = replace(sample, potentials={**sample.potentials, **relations})
        expected = sample.structure([sentence.best for sentence in sample.enumerate()])
        assert_same_structure(sample.build().argmax, expected)

    def test_without_relations_arcs_alone_are_compared(self):
        sample = self.fixed(seed=56)
        unlabelled = sample.build(relations=None, labels=())
        f = sample.build()
        heads = f.argmax.heads
        only_heads = f.indicator(Tree(heads, None))
        assert only_heads.relations is None
        close(f.cross_entropy(only_heads), unlabelled.cross_entropy(unlabelled.indicator(Tree(heads, None))))

    def test_relations_of_another_shape_are_refused(self):
        sample = self.fixed(seed=57)
        relations = sample.potentials["relations"]
        with pytest.raises(ValueError, match=r"relations has shape \(3, 4, 4, 2\), expected \(3, 4, 5, 2\)"):
            sample.build(relations=relations[:, :, 1:])


class UnlabelledContract(ParsingContract):
    """For parsers whose potentials are arcs alone."""

    labels = ()
    label_sets = st.just(())

    def test_parts_and_trees_have_no_relations(self):
        f = self.fixed(seed=58).build()
        assert f.relations is None and f.marginals.relations is None and f.argmax.relations is None

    def test_labels_without_relations_are_refused(self):
        with pytest.raises(ValueError, match=r"1 labels were given for a label axis of 0"):
            self.fixed(seed=59).build(labels=("subj",))

    def test_it_is_the_labelled_parser_with_one_relation(self):
        unlabelled = self.fixed(seed=60)
        one = random_sample(self.kind, seed=61, labels=("dep",))
        labelled = one.build(**unlabelled.potentials)
        f = unlabelled.build()
        close(labelled.log_partition, f.log_partition)
        close(labelled.marginals.relations.squeeze(-1), f.marginals.arcs)
        close(labelled.entropy, f.entropy)
        assert labelled.argmax.heads.equal(f.argmax.heads)
