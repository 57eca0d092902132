"""Which entities a model returns: those of its most probable structure, or all that are probable enough."""

from abc import ABC, abstractmethod
from typing import ClassVar, Dict, Tuple, Union, cast, final

from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError
from torch import Tensor

from skd_plugin.compat.options import CheckedOptions
from skd_plugin.structures import (
    Factorization,
    Labeling,
    ScoredSpans,
    Segments,
    SpanFactored,
    bioul,
    likely_spans,
    scored_segments,
    spans_of_tags,
    tags_of_spans,
)

LEAST = 0.5
"""The smallest threshold of a type: of entities above it, no two share a word."""


class EntityDecoding(CheckedOptions, Registrable, ABC):
    """
    Chooses entities that share no word, from the model's distribution over a sentence.

    What is chosen in a sentence depends on nothing but the sentence, so it is the same in `evaluate`, in `predict` and
    in spaCy. The distribution, and so every probability that is reported, stays that of the model.
    """

    default_implementation = "most_probable"

    @abstractmethod
    def check(self, labels: Tuple[str, ...]) -> None:
        """Raises `ConfigurationError` if a model with these tags cannot be decoded so."""

    @abstractmethod
    def spans(self, distribution: Factorization) -> ScoredSpans:
        """The chosen entities, with their probabilities. The types are ids of `entity_types(distribution)`."""

    @abstractmethod
    def tags(self, distribution: Factorization, tags: Tuple[str, ...]) -> Tensor:
        """The BIOUL tags of the chosen entities as ids of `tags`, shape (batch, n)."""


@final
@EntityDecoding.register("most_probable")
class MostProbable(EntityDecoding):
    """
    The entities of the most probable sequence of tags, or set of spans.

    Registered as an `EntityDecoding` with name "most_probable".
    """

    def check(self, labels: Tuple[str, ...]) -> None:
        """Every model has a most probable structure."""

    def spans(self, distribution: Factorization) -> ScoredSpans:
        assert isinstance(distribution, (Labeling, SpanFactored))
        best = _best_spans(distribution)
        if distribution.locally_normalized:
            return scored_segments(best, distribution.span_probabilities(best))
        # In a chain probabilities cost more than decoding, and few sentences have an entity.
        sentences = (best.widths > 0).any(1).nonzero().squeeze(1)
        chosen = Segments(*(part[sentences] for part in best))
        found = scored_segments(chosen, distribution.of_sentences(sentences).span_probabilities(chosen))
        return found._replace(rows=sentences[found.rows])

    def tags(self, distribution: Factorization, tags: Tuple[str, ...]) -> Tensor:
        best = distribution.argmax
        if isinstance(best, Segments):
            return tags_of_spans(best, distribution.labels, tags, distribution.mask)
        return cast(Tensor, best)


class AboveThreshold(EntityDecoding, ABC):
    """
    The entities whose probability P(entity | x) is above a threshold.

    Below 1/2, such entities may overlap. Those are chosen that have the largest Σ (probability − threshold).

    # Parameters

    threshold : `float`
        Above 0 and below 1.
    """

    name: ClassVar[str]
    """The registered name, for messages."""

    def __init__(self, threshold: float) -> None:
        self._threshold = threshold

    def check(self, labels: Tuple[str, ...]) -> None:
        if not bioul.is_bioul(labels) or "O" not in labels:
            raise ConfigurationError(
                f"`decoding` is {self.name}, which chooses among entities, but the labels are {_first_of(labels)}, "
                "expected BIOUL tags with an O among them. Leave out `decoding`, or use a reader "
                "of entities."
            )

    def spans(self, distribution: Factorization) -> ScoredSpans:
        return likely_spans(distribution, self._threshold)

    def tags(self, distribution: Factorization, tags: Tuple[str, ...]) -> Tensor:
        segments = self.spans(distribution).segments(distribution.mask)
        return tags_of_spans(segments, entity_types(distribution), tags, distribution.mask)


@final
@EntityDecoding.register("threshold")
class Threshold(AboveThreshold):
    """
    The entities whose probability is above a threshold, which `allennlp skd-tune-decoding` finds.

    Registered as an `EntityDecoding` with name "threshold".

    # Parameters

    threshold : `float`
        Above 0 and below 1. The smaller it is, the more entities are returned.
    """

    name = "threshold"

    def __init__(self, threshold: float) -> None:
        if not 0 < threshold < 1:
            raise ConfigurationError(f"`threshold` is {threshold}, expected a probability above 0 and below 1.")
        super().__init__(threshold)


@final
@EntityDecoding.register("expected_f1")
class ExpectedF1(AboveThreshold):
    """
    The entities that maximize the expected F1 of a large text: those whose probability is above half of the F1 that is
    reached. An entity of probability p adds 2p to the numerator of F1, 2 · right / (returned + gold), and 1 to its
    denominator, so it raises the F1 if 2p is larger (Ye et al. 2012, Lipton et al. 2014).

    The F1 is a number in the configuration, as no single sentence has one. What is returned therefore does not depend
    on which other sentences are read.

    Registered as an `EntityDecoding` with name "expected_f1".

    # Parameters

    f1 : `float`
        The F1 to be expected, above 0 and at most 1: that on development data, or the one that `allennlp
        skd-tune-decoding --unlabelled` computes from text without labels.
    """

    name = "expected_f1"

    def __init__(self, f1: float) -> None:
        if not 0 < f1 <= 1:
            raise ConfigurationError(f"`f1` is {f1}, expected a share above 0 and at most 1, such as 0.6 for 60 %.")
        super().__init__(f1 / 2)


@final
@EntityDecoding.register("thresholds")
class Thresholds(AboveThreshold):
    """
    The entities whose probability is above the threshold of their type, which `allennlp skd-calibrate --conformal`
    finds. None is returned of a type without a threshold.

    Registered as an `EntityDecoding` with name "thresholds".

    # Parameters

    thresholds : `Dict[str, float]`
        By the types of entities: at least 1/2, so that no type depends on the threshold of another one, and below 1.
    """

    name = "thresholds"

    def __init__(self, thresholds: Dict[str, float]) -> None:
        for kind, threshold in thresholds.items():
            if not LEAST <= threshold < 1:
                raise ConfigurationError(
                    f"The threshold of {kind} is {threshold}, expected a probability of at least {LEAST} and below 1."
                )
        super().__init__(LEAST)
        self._thresholds = thresholds

    def check(self, labels: Tuple[str, ...]) -> None:
        super().check(labels)
        unknown = sorted(set(self._thresholds) - set(bioul.types(labels)))
        if unknown:
            raise ConfigurationError(
                f"`thresholds` has the types {', '.join(unknown)}, which the model does not know. Its types are "
                f"{', '.join(bioul.types(labels))}."
            )

    def spans(self, distribution: Factorization) -> ScoredSpans:
        found = super().spans(distribution)
        # Above 1 nothing is.
        least = [self._thresholds.get(kind, 1.0) for kind in entity_types(distribution)]
        kept = found.probabilities > found.probabilities.new_tensor(least)[found.types]
        return ScoredSpans(*(column[kept] for column in found))


def entity_types(distribution: Factorization) -> Tuple[str, ...]:
    """The types of entities that a distribution over spans or over BIOUL tags has."""
    return distribution.labels if isinstance(distribution, SpanFactored) else bioul.types(distribution.labels)


def _best_spans(distribution: Union[Labeling, SpanFactored]) -> Segments:
    if isinstance(distribution, SpanFactored):
        return distribution.argmax
    types = entity_types(distribution)
    return spans_of_tags(distribution.argmax, distribution.labels, types, distribution.mask)


def _first_of(labels: Tuple[str, ...], shown: int = 5) -> str:
    return ", ".join(labels[:shown]) + (" …" if len(labels) > shown else "")
