"""Second-order parsing with scores of arcs, siblings and grandparents: P(y|x) ≈ Π_i Q(h_i | i), found by mean field."""

from __future__ import annotations

from math import isfinite
from typing import ClassVar, Mapping, Sequence, final

from torch import Tensor

from skd_plugin.structures.algebra.checks import check_axes, check_finite, check_mask, check_shapes
from skd_plugin.structures.algebra.differentiable_property import differentiable_property
from skd_plugin.structures.algebra.padding import Axes
from skd_plugin.structures.algebra.part_spaces import Arcs, Parts
from skd_plugin.structures.algebra.potentials import at_least_float32
from skd_plugin.structures.algebra.relation_scores import RelationScores
from skd_plugin.structures.algebra.structure import NBest, Tree
from skd_plugin.structures.kernels.trees.mean_field import mean_field
from skd_plugin.structures.trees.arc_parsing import RELATIONS, ArcParsing
from skd_plugin.structures.trees.head_selection import HeadSelection
from skd_plugin.structures.trees.parsing import Support


@final
class SecondOrder(ArcParsing):
    """
    The second-order parser of Wang and Tu 2020. Every query is answered by `posterior`, the product Q of head
    selections that mean field finds, so log P and the marginals are approximate. A word has one head, so there are no
    scores of co-parents.

    # Parameters

    arcs : shape (batch, n, n + 1), indexed [dependent, head], head 0 is ROOT
    siblings : shape (batch, n, n + 1, n), indexed [dependent, head, another dependent of that head]; should be
        symmetric in the two dependents, because mean field reads [i, h, k] for word i and [k, h, i] for word k
    grandparents : shape (batch, n, n + 1, n + 1), indexed [dependent, head, head of the head]; ROOT has no head
    relations, mask, labels : see `ArcFactored`
    iterations : the number of iterations of mean field
    """

    parts: ClassVar[type[Parts]] = Arcs
    sentence_potentials: ClassVar[Mapping[str, Axes]] = {
        "arcs": (0, 1),
        "siblings": (0, 1, 0),
        "grandparents": (0, 1, 1),
        **RELATIONS,
    }
    settings = ("iterations",)
    support = Support.HEADS
    locally_normalized = True
    caveat = "Its marginals are approximate, found by mean field."

    def __init__(
        self,
        arcs: Tensor,
        siblings: Tensor,
        grandparents: Tensor,
        relations: Tensor | RelationScores | None,
        mask: Tensor,
        labels: Sequence[str],
        iterations: int = 3,
    ) -> None:
        check_axes("arcs", arcs, "batch, n, n + 1")
        batch, n, _ = arcs.shape
        check_mask(mask, batch, n)
        check_shapes("siblings", siblings, (batch, n, n + 1, n), "batch, n, n + 1, n")
        check_shapes("grandparents", grandparents, (batch, n, n + 1, n + 1), "batch, n, n + 1, n + 1")
        if iterations < 0:
            raise ValueError(f"iterations is {iterations}, expected 0 or more iterations of mean field.")
        self._first_order = HeadSelection(arcs, relations, mask, labels)
        self.arcs, self.relation_scores = self._first_order.arcs, self._first_order.relation_scores
        self.siblings, self.grandparents = at_least_float32(siblings), at_least_float32(grandparents)
        self.mask, self.labels = mask, self._first_order.labels
        self.iterations = iterations

    @differentiable_property
    def posterior(self) -> HeadSelection:
        """Q, with the logits of the last iteration as its arcs; differentiable in all potentials."""
        logits = mean_field(self.arcs, self.siblings, self.grandparents, self.lengths, self.iterations)
        # Not in the constructor: there are far fewer logits, and they show whether a potential is not finite.
        if not isfinite(logits.detach().sum().item()):
            check_finite(siblings=self.siblings, grandparents=self.grandparents)
        return HeadSelection(logits, self.relation_scores, self.mask, self.labels)

    @property
    def log_partition(self) -> Tensor:
        """log Z of Q, shape (batch,)."""
        return self.posterior.log_partition

    @property
    def marginals(self) -> Arcs:
        return self.posterior.marginals

    @property
    def entropy(self) -> Tensor:
        return self.posterior.entropy

    @property
    def choices(self) -> Tensor:
        return self.posterior.choices

    @property
    def argmax(self) -> Tree:
        return self.posterior.argmax

    def n_best(self, k: int) -> NBest:
        return self.posterior.n_best(k)

    def arc_probabilities(self, tree: Tree) -> Tensor:
        """Q(h_i | i) · P(r_i | h_i → i), shape (batch, n), with the posterior Q of mean field."""
        return self.posterior.arc_probabilities(tree)

    @property
    def as_teacher(self) -> HeadSelection:
        return self.posterior

    def cross_entropy(self, expected: Parts) -> Tensor:
        """−Σ expected · log Q: the end-to-end training of Wang and Tu 2020, through all iterations."""
        return self.posterior.cross_entropy(expected)

    @property
    def token_posterior(self) -> HeadSelection:
        return self.posterior

    def indicator(self, structure: Tree) -> Arcs:
        return self._first_order.indicator(structure)

    def tempered(self, temperature: float) -> HeadSelection:  # type: ignore[override]
        """Q with its logits divided by T, because Q, not the second-order scores, is what this parser teaches."""
        return self.posterior.tempered(temperature)
