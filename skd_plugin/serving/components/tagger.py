"""Parts of speech, or any other labels of words, with their probabilities."""

from itertools import compress
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, NamedTuple, Tuple, cast

import numpy as np
from spacy.attrs import POS, TAG
from spacy.parts_of_speech import IDS
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example

from skd_plugin.serving.components.carrier import described
from skd_plugin.serving.components.component import StructuredPipe
from skd_plugin.serving.docs.confidences import TAGS, Confidences
from skd_plugin.serving.docs.units import Unit

if TYPE_CHECKING:
    from skd_plugin.models import StructuredModel
    from skd_plugin.structures import Factorization

ATTRIBUTES = {"tag": TAG, "pos": POS}


def tagger_score(examples: Iterable[Example], *, attribute: str, **kwargs: Any) -> Dict[str, Any]:
    """Accuracy of the attribute that the component writes."""
    return Scorer.score_token_attr(examples, attribute, **kwargs)


def make_tagger_scorer() -> Callable[..., Dict[str, Any]]:
    """spaCy's `@scorers` entry `skd_tagger_scorer.v1`."""
    return tagger_score


class Tags(NamedTuple):
    """The ids and the probabilities of the labels of a sentence's words."""

    ids: np.ndarray
    probabilities: List[float]


class TaggerPipe(StructuredPipe[Tags]):
    """
    Writes the best label of each word to `token.tag` or `token.pos`, and their probabilities P(label | x) to
    `doc._.skd_tag_probabilities`, where `token._.skd_tag_probability` looks them up. White space gets no label.

    # Parameters

    attribute : `str`, optional (default = `"tag"`)
        `tag` for labels of any kind, `pos` for the universal parts of speech.
    overwrite : `bool`, optional (default = `False`)
        Whether what is found replaces tags that others have set. One that stays has no probability, unless it is what
        was found.

    See `StructuredPipe` for the others.
    """

    def __init__(self, *args: Any, attribute: str = "tag", overwrite: bool = False, **kwargs: Any) -> None:
        if attribute not in ATTRIBUTES:
            raise ValueError(f"`attribute` is {attribute!r}, expected one of {', '.join(map(repr, ATTRIBUTES))}.")
        self.attribute = attribute
        self.overwrite = overwrite
        self.cfg = {"attribute": attribute}  # what spaCy hands to the scorer
        super().__init__(*args, **kwargs)

    def check(self, model: "StructuredModel") -> None:
        from skd_plugin.models import Tagger
        from skd_plugin.structures.sequences import bioul

        if not isinstance(model, Tagger) or bioul.is_bioul(model.labels):
            raise ValueError(
                f"{self.name} needs a tagger of words, and the archive holds {described(model)}. "
                "Models of entities go into skd_ner, parsers into skd_parser."
            )
        unknown = [label for label in model.labels if self.attribute == "pos" and label not in IDS]
        if unknown:
            raise ValueError(
                f"{self.name} cannot write the labels {', '.join(unknown)} to token.pos, which takes the universal "
                "parts of speech only. Set `attribute` to 'tag'."
            )

    def labels_of(self, model: "StructuredModel") -> Tuple[str, ...]:
        return cast(Any, model).labels

    def read(self, model: "StructuredModel", found: "Factorization") -> List[Tags]:
        tags = found.argmax
        probabilities = cast(Any, found).tag_probabilities(tags).tolist()
        rows = zip(tags.cpu().numpy(), probabilities, found.lengths.tolist())
        return [Tags(ids[:n], numbers[:n]) for ids, numbers, n in rows]

    def write(self, doc: Doc, read: List[Unit], results: List[Tags]) -> None:
        column, known = ATTRIBUTES[self.attribute], self._values
        values = doc.to_array(column)
        confidences: Confidences = [None] * len(doc)
        for unit, (ids, probabilities) in zip(read, results):
            found, before = known[ids], values[unit.places]
            values[unit.places] = found if self.overwrite else np.where(before == 0, found, before)
            # That of what was found says nothing of another tag that stays.
            written = values[unit.places] == found
            for place, probability in zip(unit.places[written].tolist(), compress(probabilities, written)):
                confidences[place] = probability
        doc.from_array([column], values.reshape(-1, 1))  # type: ignore[arg-type]  # spaCy's annotation is thinc's
        doc._.set(TAGS, confidences)

    @property
    def _values(self) -> np.ndarray:
        """What spaCy keeps for each label: a number of its own for a part of speech, otherwise a hash of the string."""
        strings = self.vocab.strings
        numbers = [IDS[label] if self.attribute == "pos" else strings.add(label) for label in self.labels]
        return np.array(numbers, dtype=np.uint64)
