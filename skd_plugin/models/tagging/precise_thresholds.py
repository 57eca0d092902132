"""
A threshold for each type of entity, above which at least 1 − α of the entities are right, with a stated confidence.

By risk control (Angelopoulos et al. 2021, "Learn then Test"). For each of a few thresholds that are fixed before, the
hypothesis is that more than α of the entities above it are wrong. If it were so, k or fewer of n would be wrong with a
probability of at most P(Binomial(n, α) ≤ k), its p-value. Hypotheses are rejected by Bonferroni's rule: with a
probability of at least 1 − δ no true one is, whatever the probabilities of the model are worth.
"""

from math import ceil, log
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from skd_plugin.models.tagging.decoding_tuning import GoldSpans
from skd_plugin.models.tagging.entity_decoding import LEAST, entity_types
from skd_plugin.structures import Factorization, likely_spans

CANDIDATES = (0.5, 0.6, 0.7, 0.8, 0.9)
"""The thresholds that are compared."""


class TypeThreshold(NamedTuple):
    """
    The smallest threshold of a type that is precise enough, and the entities above it.

    threshold : None if there is none, and the numbers are then those above the first of `CANDIDATES`
    found, right : how many entities the model finds, and how many of them are gold
    """

    threshold: Optional[float]
    found: int
    right: int


class FoundEntities:
    """The entities that are more probable than not, in many sentences, and whether each is gold."""

    def __init__(self) -> None:
        self.found: Dict[str, List[Tuple[float, bool]]] = {}

    def add(self, distribution: Factorization, gold: Sequence[GoldSpans]) -> None:
        """Adds a batch of sentences, with the gold entities of each."""
        types, spans = entity_types(distribution), likely_spans(distribution, LEAST)
        for kind in types:
            self.found.setdefault(kind, [])
        for row, first, last, kind, probability in zip(*(column.tolist() for column in spans)):
            is_right = (types[kind], (first, last)) in gold[row]
            self.found[types[kind]].append((probability, is_right))

    def thresholds(self, wrong: float, confidence: float) -> Dict[str, TypeThreshold]:
        """
        The threshold of each type of the model.

        # Parameters

        wrong : `float`
            α, the share of the entities of a type that may be wrong.
        confidence : `float`
            1 − δ: the probability, for each type, that the entities above its threshold are as precise as that.
        """
        level = (1 - confidence) / len(CANDIDATES)
        return {kind: _threshold(found, wrong, level) for kind, found in self.found.items()}


def least_found(wrong: float, confidence: float) -> int:
    """How many entities of a type have to be found, if all of them are right."""
    return ceil(log((1 - confidence) / len(CANDIDATES)) / log(1 - wrong))


def _threshold(found: Sequence[Tuple[float, bool]], wrong: float, level: float) -> TypeThreshold:
    # Late, because serving a model imports this module.
    from scipy.stats import binom

    for threshold in CANDIDATES:
        above = [is_right for probability, is_right in found if probability > threshold]
        if binom.cdf(len(above) - sum(above), len(above), wrong) <= level:
            return TypeThreshold(threshold, len(above), sum(above))
    return TypeThreshold(None, len(found), sum(is_right for _, is_right in found))
