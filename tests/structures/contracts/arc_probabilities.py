"""The contract of every parser on the probabilities of the arcs of a tree."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.structures import Tree
from tests.structures.contracts.contract import Contract
from tests.structures.contracts.probabilities import check_probabilities, random_ids
from tests.structures.samples.sample import Sample, close
from tests.structures.samples.strategies import deterministic


class ArcProbabilitiesContract(Contract):
    @deterministic
    @given(data=st.data())
    def test_arc_probabilities(self, data):
        sample = self.drawn(data)
        f, tree = sample.build(), _random_arcs(sample)
        probabilities, arcs_alone = f.arc_probabilities(tree), f.arc_probabilities(Tree(tree.heads, None))
        for index, (sentence, n) in enumerate(zip(sample.enumerate(), sample.lengths)):
            words, heads = np.arange(n), tree.heads[index, :n]
            relations = 0 if tree.relations is None else tree.relations[index, :n]
            close(probabilities[index, :n], sentence.joint[words, heads, relations])
            close(arcs_alone[index, :n], sentence.joint.sum(-1)[words, heads])
            assert not probabilities[index, n:].any() and not arcs_alone[index, n:].any()

    @pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
    def test_arc_probabilities_are_detached_and_as_precise_as_the_potentials(self, dtype):
        f = self.fixed(seed=97, scale=30.0).map(lambda value: value.to(dtype)).leaves().build()
        for tree in (f.argmax, Tree(f.argmax.heads, None)):
            check_probabilities(f.arc_probabilities(tree), dtype)

    def test_arc_probabilities_without_sentences_and_words(self):
        sample = self.fixed(seed=98, lengths=(2, 1))
        f = sample.build(mask=torch.zeros_like(sample.mask))
        assert not f.arc_probabilities(f.argmax).any()
        assert f.unstack()[0].arc_probabilities(f.unstack()[0].argmax).shape == (1, 0)

    def test_impossible_arcs_are_refused(self):
        f = self.fixed(seed=99, lengths=(3, 2)).build()
        nothing = torch.zeros(2, 3, dtype=torch.long)
        with pytest.raises(ValueError, match=r"heads \[4\] are not among 0 to 3"):
            f.arc_probabilities(Tree(nothing + 4, None))
        with pytest.raises(ValueError, match=r"heads has shape \(1, 3\), expected \(2, 3\)"):
            f.arc_probabilities(Tree(nothing[:1], None))
        if self.labels:
            with pytest.raises(ValueError, match=r"relation ids \[-1\] are not among 0 to 1"):
                f.arc_probabilities(Tree(nothing, nothing - 1))
            with pytest.raises(ValueError, match=r"relations has shape \(1, 3\), expected \(2, 3\)"):
                f.arc_probabilities(Tree(nothing, nothing[:1]))


def _random_arcs(sample: Sample) -> Tree:
    """Random heads in the sentence, and numbers on padding that are not ids."""
    heads = random_ids(sample, 9, seed=1) % (torch.tensor(sample.lengths).unsqueeze(1) + 1)
    if not sample.labels:
        return Tree(heads.masked_fill(~sample.mask, 99), None)
    relations = random_ids(sample, len(sample.labels), seed=2)
    return Tree(heads.masked_fill(~sample.mask, 99), relations.masked_fill(~sample.mask, -1))
