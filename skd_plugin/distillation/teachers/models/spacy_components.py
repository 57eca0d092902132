"""
What each kind of spaCy's components says of sentences, as a factorization.

- A tagger gives its softmax over tags.
- A span categorizer scores each span by itself. Where it may give a span several labels, this is its distribution given
  that each span has one label at most.
- A component of this plugin gives the very distribution of its model.
- A recognizer of entities with a beam (`beam_ner`) gives the probabilities of tags in its beam.
- Parsers, other recognizers of entities, and rules for entities, have no distribution. Their best structure has all the
  probability: the other tags, heads and relations are `FORBIDDEN`. That holds for a `beam_parser` too, in whose beam
  trees are still projective.
"""

from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from torch import Tensor
from torch.nn.functional import one_hot
from torch.nn.utils.rnn import pad_sequence

from skd_plugin.compat.configuration import configuration_errors
from skd_plugin.structures import (
    FORBIDDEN,
    BiaffineRelations,
    Factorization,
    HeadSelection,
    IndependentSpans,
    MaxEnt,
    bioul,
)

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

NGRAMS = ("spacy.ngram_suggester.v1", "spacy.ngram_range_suggester.v1")
# As `ENT_IOB` has them.
_INSIDE, _BEGINS = 1, 3


class Reading(NamedTuple):
    """
    How a component teaches.

    factorize : the distributions over the structures of docs, each of one sentence, on which what it needs has run
    scored_words : how many words one of its scores is about
    needs : the components that have to run before it, in their order
    has_distribution : whether it has one; otherwise it gives its best structures
    """

    factorize: Callable[[List["Doc"]], Factorization]
    scored_words: int
    needs: List[Any]
    has_distribution: bool = True


def reading_of(nlp: "Language", name: str) -> Reading:
    """How the component of this name teaches. Raises `ConfigurationError` if it cannot."""
    from spacy.pipeline import (
        DependencyParser,
        EntityRecognizer,
        EntityRuler,
        Morphologizer,
        SentenceRecognizer,
        SpanCategorizer,
        Tagger,
    )

    pipe: Any = nlp.get_pipe(name)
    listened, earlier = _listened_to(nlp, name), _earlier(nlp, name)
    if all(hasattr(type(pipe), attribute) for attribute in ("distribution", "scored_words", "reads_annotations")):
        needs = earlier if pipe.reads_annotations else []
        with configuration_errors(ValueError, prefix=f"The component {name} of the spaCy pipeline cannot teach."):
            return Reading(pipe.distribution, pipe.scored_words, needs)
    if isinstance(pipe, Tagger) and not isinstance(pipe, (Morphologizer, SentenceRecognizer)):
        return Reading(_Tags(pipe, name), 1, listened)
    if isinstance(pipe, SpanCategorizer):
        return Reading(_Spans(pipe, name, nlp.config["components"][name]["suggester"]), 2, listened)
    if isinstance(pipe, EntityRecognizer) and pipe.cfg["beam_width"] > 1:
        return Reading(_BeamEntities(pipe, name), 1, listened)
    if isinstance(pipe, EntityRecognizer):
        return Reading(_BestEntities(pipe, name), 1, listened, has_distribution=False)
    if isinstance(pipe, EntityRuler):
        return Reading(_BestEntities(pipe, name), 1, earlier, has_distribution=False)
    if isinstance(pipe, DependencyParser):
        return Reading(_BestTrees(pipe, name), 2, listened, has_distribution=False)
    factories = {other: nlp.get_pipe_meta(other).factory for other in nlp.component_names}
    raise ConfigurationError(
        f"The component {name} ({factories[name]}) of the spaCy pipeline cannot teach, expected a tagger, a parser, a "
        "recognizer of entities (ner or entity_ruler), a span categorizer, or a component of this plugin. The pipeline "
        f"has {kinds_of(factories)}."
    )


def kinds_of(factories: Mapping[str, str]) -> str:
    """The names of components, each with its kind."""
    return ", ".join(f"{name} ({factory})" for name, factory in factories.items()) or "none"


class _Tags:
    """MaxEnt over the labels of a tagger, with the potentials of its softmax."""

    def __init__(self, pipe: Any, name: str) -> None:
        self._pipe, self._labels = pipe, _labels(pipe.labels, name)
        temperature = _unnormalized(pipe)
        if temperature is None:
            raise ConfigurationError(
                f"The tagger {name} has no softmax among its layers, expected a model like spaCy's own "
                "(spacy.Tagger.v2), from whose scores its distribution follows."
            )
        self._temperature = temperature

    def __call__(self, docs: List["Doc"]) -> MaxEnt:
        scores = [_tensor(self._pipe, rows) / self._temperature for rows in self._pipe.model.predict(docs)]
        return MaxEnt(pad_sequence(scores, batch_first=True), _mask(docs), self._labels)


class _Spans:
    """
    IndependentSpans of a span categorizer: the score of a label is log P(t) − log P(no label) where its labels exclude
    each other, and log P(t) − log P(not t) where they do not.
    """

    def __init__(self, pipe: Any, name: str, suggester: Mapping[str, Any]) -> None:
        self._pipe, self._labels = pipe, _labels(pipe.labels, name)
        self._width = _largest_ngram(suggester, name)
        softmax = _unnormalized(pipe)
        self._excludes, self._temperature = softmax is not None, softmax or 1.0
        if self._excludes and not pipe.add_negative_label:
            raise ConfigurationError(
                f"The component {name} gives every span a label, expected one that can give none (the option "
                "`add_negative_label`), because few spans are entities."
            )

    def __call__(self, docs: List["Doc"]) -> IndependentSpans:
        mask = _mask(docs)
        table = torch.full((*mask.shape, self._width, len(self._labels)), FORBIDDEN)
        suggested, rows = self._pipe.predict(docs)
        if len(rows):
            to_numpy = self._pipe.model.ops.to_numpy
            first, end = torch.from_numpy(to_numpy(suggested.dataXd)).long().T
            sentence = torch.arange(len(docs)).repeat_interleave(torch.from_numpy(to_numpy(suggested.lengths)).long())
            table[sentence, first, end - first - 1] = self._log_odds(_tensor(self._pipe, rows))
        return IndependentSpans(table, mask, self._labels)

    def _log_odds(self, rows: Tensor) -> Tensor:
        if self._excludes:
            # The last column is that of "no label".
            return (rows[:, :-1] - rows[:, -1:]) / self._temperature
        # Probabilities of 0 and 1 are rounded ones.
        limits = torch.finfo(rows.dtype)
        probabilities = rows.clamp(limits.tiny, 1 - limits.eps / 2)
        return probabilities.log() - torch.log1p(-probabilities)


class _BestEntities:
    """MaxEnt over BIOUL tags, in which the tags of the component's entities have all the probability."""

    def __init__(self, pipe: Any, name: str) -> None:
        self._pipe, self._types = pipe, _labels(pipe.labels, name)
        self._tags = bioul.tags(self._types)

    def __call__(self, docs: List["Doc"]) -> MaxEnt:
        from spacy.attrs import ENT_IOB, ENT_TYPE

        mask = _mask(docs)
        iob, hashes = _columns(self._pipe.pipe(docs), ENT_IOB, ENT_TYPE)
        kinds = _positions(hashes, self._types, docs[0])
        begins = (iob == _BEGINS) & (kinds >= 0)
        inside = (iob == _INSIDE) & (kinds >= 0)
        # Each doc's first word is not inside an entity, so that of the next doc ends the last one.
        ends = ~np.append(inside[1:], False)
        prefix = np.select([begins & ends, begins, inside & ends], ["BILU".index(p) for p in "UBL"], "BILU".index("I"))
        ids = np.where(begins | inside, 1 + prefix * len(self._types) + kinds, 0)
        return MaxEnt(_chosen(_padded(ids, mask), len(self._tags)), mask, self._tags)


class _BeamEntities:
    """MaxEnt over BIOUL tags, with the probability that each has among the candidates in the beam of a `beam_ner`."""

    def __init__(self, pipe: Any, name: str) -> None:
        self._pipe = pipe
        self._tags = bioul.tags(_labels(pipe.labels, name))
        self._ids = {tag: position for position, tag in enumerate(self._tags)}

    def __call__(self, docs: List["Doc"]) -> MaxEnt:
        mask = _mask(docs)
        probabilities = torch.zeros(*mask.shape, len(self._tags), dtype=torch.float64)
        options = {name: self._pipe.cfg[name] for name in ("beam_width", "beam_density")}
        entities = self._pipe.scored_ents(self._pipe.beam_parse(docs, **options))
        for of_sentence, scored in zip(probabilities, entities):
            for (first, end, label), probability in scored.items():
                for word in range(first, end):
                    prefix = "U" if end - first == 1 else "B" if word == first else "L" if word == end - 1 else "I"
                    of_sentence[word, self._ids[f"{prefix}-{label}"]] += probability
        probabilities[..., 0] = (1 - probabilities.sum(-1)).clamp(min=0)
        return MaxEnt(probabilities.log().clamp(min=FORBIDDEN).float(), mask, self._tags)


class _BestTrees:
    """
    HeadSelection in which the heads of a parser have all the probability, and so have its relations, whatever the head.
    """

    def __init__(self, pipe: Any, name: str) -> None:
        self._pipe = pipe
        # A transition may have two relations, of the word and of its head before trees are made projective.
        moves = [move.partition("-")[2].split("||") for move in pipe.move_names]
        self._labels = _labels(sorted({label for labels in moves for label in labels if label}), name)
        forbidden = torch.full((len(self._labels), len(self._labels)), FORBIDDEN)
        self._weights = forbidden.fill_diagonal_(0).unsqueeze(-1)

    def __call__(self, docs: List["Doc"]) -> HeadSelection:
        from spacy.attrs import DEP, HEAD

        mask = _mask(docs)
        distances, hashes = _columns(self._pipe.pipe(docs), HEAD, DEP)
        distances = distances.astype(np.int64)
        words = np.concatenate([np.arange(1, len(doc) + 1) for doc in docs])
        heads = _padded(np.where(distances == 0, 0, words + distances), mask)
        relations = _padded(_positions(hashes, self._labels, docs[0]), mask)
        batch, n = mask.shape
        scores = BiaffineRelations(
            one_hot(relations, len(self._labels)).float(), torch.ones(batch, n + 1, 1), self._weights
        )
        return HeadSelection(_chosen(heads, n + 1), scores, mask, self._labels)


def _listened_to(nlp: "Language", name: str) -> List[Any]:
    """The components whose vectors of words it reads."""
    return [pipe for _, pipe in nlp.components if name in getattr(pipe, "listening_components", ())]


def _earlier(nlp: "Language", name: str) -> List[Any]:
    """The components before it that write other things than itself. It may read any of them."""
    own = set(nlp.get_pipe_meta(name).assigns)
    before = nlp.components[: nlp.component_names.index(name)]
    return [
        pipe for other, pipe in before if other not in nlp.disabled and own.isdisjoint(nlp.get_pipe_meta(other).assigns)
    ]


def _unnormalized(pipe: Any) -> Optional[float]:
    """
    Lets the model of a component return the scores of its softmax, from which log-potentials are exact, in place of
    probabilities; its temperature, or None if it has no softmax. The pipeline was loaded for this alone.
    """
    softmax = [layer for layer in pipe.model.walk() if "softmax_normalize" in layer.attrs]
    if not softmax:
        return None
    softmax[-1].attrs["softmax_normalize"] = False
    return float(softmax[-1].attrs["softmax_temperature"])


def _labels(labels: Sequence[str], name: str) -> Tuple[str, ...]:
    if not labels:
        raise ConfigurationError(
            f"The component {name} of the spaCy pipeline has no labels, expected one that has been trained, or that "
            "has patterns."
        )
    return tuple(labels)


def _largest_ngram(suggester: Mapping[str, Any], name: str) -> int:
    """The most words of a span that is scored."""
    function = suggester["@misc"]
    if function not in NGRAMS:
        raise ConfigurationError(
            f"The component {name} scores the spans that {function} suggests, expected one of {', '.join(NGRAMS)}: of "
            "other spans it would not be known whether they are entities."
        )
    return int(suggester["max_size"] if "max_size" in suggester else max(suggester["sizes"]))


def _mask(docs: Sequence["Doc"]) -> Tensor:
    lengths = torch.tensor([len(doc) for doc in docs])
    return torch.arange(int(lengths.max())) < lengths.unsqueeze(1)


def _tensor(pipe: Any, array: Any) -> Tensor:
    """An array of a component's model, on the CPU."""
    return torch.from_numpy(pipe.model.ops.to_numpy(array)).float()


def _columns(docs: Any, *attributes: int) -> np.ndarray:
    """Attributes of all words of all docs, one row for each attribute."""
    return np.concatenate([doc.to_array(list(attributes)) for doc in docs]).T


def _positions(hashes: np.ndarray, names: Sequence[str], doc: "Doc") -> np.ndarray:
    """The position among the names of each string that is given by its hash, −1 for one that is not there."""
    known: Dict[int, int] = {doc.vocab.strings[name]: position for position, name in enumerate(names)}
    distinct, inverse = np.unique(hashes, return_inverse=True)
    return np.array([known.get(int(one), -1) for one in distinct])[inverse]


def _padded(values: np.ndarray, mask: Tensor) -> Tensor:
    """Values of all words of all sentences, shape (batch, n), 0 on padding."""
    padded = torch.zeros(mask.shape, dtype=torch.long)
    padded[mask] = torch.from_numpy(values).long()
    return padded


def _chosen(ids: Tensor, num_alternatives: int) -> Tensor:
    """Scores of 0 for the alternative that is chosen at each word, and of `FORBIDDEN` for the others."""
    scores = torch.full((*ids.shape, num_alternatives), FORBIDDEN)
    return scores.scatter_(2, ids.unsqueeze(-1), 0.0)
