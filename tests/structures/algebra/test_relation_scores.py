"""Biaffine scores of relations by their formula, and factors that do not fit together."""

import pytest
import torch

from skd_plugin.structures import BiaffineRelations
from tests.structures.samples.sample import close


def test_scores_by_the_formula():
    torch.manual_seed(0)
    dependents, heads, weights = torch.randn(2, 3, 5), torch.randn(2, 4, 6), torch.randn(7, 5, 6)
    relations = BiaffineRelations(dependents, heads, weights)
    for b, i, h in [(0, 0, 0), (1, 2, 3), (1, 0, 2)]:
        exact = torch.stack([dependents[b, i] @ matrix @ heads[b, h] for matrix in weights])
        close(relations.table[b, i, h], exact, 1e-5)
        close(relations.of_arcs(torch.tensor([(b * 3 + i) * 4 + h]))[0], exact, 1e-5)
        chosen = torch.zeros(2, 3, dtype=torch.long)
        chosen[b, i] = h
        close(relations.of_heads(chosen)[b, i], exact, 1e-5)


def test_factors_of_other_shapes_are_refused():
    dependents, heads, weights = torch.zeros(2, 3, 5), torch.zeros(2, 4, 6), torch.zeros(7, 5, 6)
    for wrong, message in (
        ((dependents, heads[:, 1:], weights), r"heads has shape \(2, 3, 6\), expected \(2, 4, 6\) = \(batch, n [+] 1"),
        ((dependents, heads, weights[:, 1:]), r"weights has shape \(7, 4, 6\), expected \(7, 5, 6\) = \(relation, fea"),
        ((dependents[0], heads, weights), r"dependents has shape \(3, 5\), expected axes \(batch, n, feature\)"),
    ):
        with pytest.raises(ValueError, match=message):
            BiaffineRelations(*wrong)
