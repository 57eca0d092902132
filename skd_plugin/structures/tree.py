"""Dependency trees of a batch: y_i is the head of word i, 0 for ROOT, and the relation between the two."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from skd_plugin.structures.checks import check_ids, check_shapes


class Tree(NamedTuple):
    """
    heads : shape (batch, n), 0 (ROOT) to n; 0 on padding
    relations : shape (batch, n), ids of the labels, 0 on padding; None in unlabelled parsing
    """

    heads: Tensor
    relations: Tensor | None


def checked(tree: Tree, mask: Tensor, relations: range) -> Tree:
    """
    The tree with the head 0 and the first of these ids of relations on padding; without relations if there are no ids.
    Raises for shapes and for ids out of range.
    """
    check_shapes("heads", tree.heads, tuple(mask.shape), "batch, n")
    heads = tree.heads.masked_fill(~mask, 0)
    check_ids("heads", heads, range(mask.shape[1] + 1))
    if tree.relations is None or not relations:
        return Tree(heads, None)
    check_shapes("relations", tree.relations, tuple(mask.shape), "batch, n")
    ids = tree.relations.masked_fill(~mask, relations[0])
    check_ids("relation ids", ids, relations)
    return Tree(heads, ids)
