"""The component that writes parts of speech, or other labels of words, and their probabilities."""

from itertools import compress
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, NamedTuple, Tuple, cast

import numpy as np
from spacy.attrs import POS, TAG
from spacy.parts_of_speech import IDS
from spacy.scorer import Scorer
from spacy.strings import get_string_id
from spacy.tokens import Doc
from spacy.training import Example

from skd_plugin.serving.components.component import StructuredPipe
from skd_plugin.serving.components.model_pipe import describe
from skd_plugin.serving.docs.confidences import TAGS, Confidences
from skd_plugin.serving.docs.units import Unit

if TYPE_CHECKING:
    from skd_plugin.models import StructuredModel
    from skd_plugin.serving.model.student import Student
    from skd_plugin.structures import Factorization

ATTRIBUTES = {"tag": TAG, "pos": POS}


def tagger_score(examples: Iterable[Example], *, attribute: str, **kwargs: Any) -> Dict[str, Any]:
    """The accuracy of the attribute that the component writes."""
    return Scorer.score_token_attr(examples, attribute, **kwargs)


def make_tagger_scorer() -> Callable[..., Dict[str, Any]]:
    """Makes the scorer `skd_tagger_scorer.v1` of spaCy's registry."""
    return tagger_score


class Tags(NamedTuple):
    """The labels of a sentence's words, as ids, and the probability of each."""

    ids: np.ndarray
    probabilities: List[float]


class TaggerPipe(StructuredPipe[Tags]):
    """
    Writes the best label of each word to `token.tag` or `token.pos`, and the probabilities P(label | x) to
    `doc._.skd_tag_probabilities`, where `token._.skd_tag_probability` looks them up. White space gets no label.

    # Parameters

    attribute : `str`, optional (default = `"tag"`)
        `tag` for labels of any kind, `pos` for the universal parts of speech.
    overwrite : `bool`, optional (default = `False`)
        Whether to replace tags that other components have set. A tag that stays has a probability only if the model
        has chosen the same one.

    The other parameters are those of `StructuredPipe`.
    """

    def __init__(self, *args: Any, attribute: str = "tag", overwrite: bool = False, **kwargs: Any) -> None:
        if attribute not in ATTRIBUTES:
            raise ValueError(f"`attribute` is {attribute!r}, expected one of {', '.join(map(repr, ATTRIBUTES))}.")
        self.attribute = attribute
        self.overwrite = overwrite
        self.cfg = {"attribute": attribute}  # spaCy passes this to the scorer
        super().__init__(*args, **kwargs)

    def check(self, model: "StructuredModel") -> None:
        from skd_plugin.models import Tagger
        from skd_plugin.structures import bioul

        if not isinstance(model, Tagger) or bioul.is_bioul(model.labels):
            raise ValueError(
                f"{self.name} needs a word tagger, but the archive holds {describe(model)}. "
                "Use skd_ner for entity models, and skd_parser for parsers."
            )
        unknown = [label for label in model.labels if self.attribute == "pos" and label not in IDS]
        if unknown:
            raise ValueError(
                f"{self.name} cannot write the labels {', '.join(unknown)} to token.pos, which takes only "
                "universal parts of speech. Set `attribute` to 'tag'."
            )

    def labels_of(self, model: "StructuredModel") -> Tuple[str, ...]:
        return cast(Any, model).labels

    def read(self, model: "StructuredModel", distribution: "Factorization") -> List[Tags]:
        tags = distribution.argmax
        probabilities = cast(Any, distribution).tag_probabilities(tags).tolist()
        rows = zip(tags.cpu().numpy(), probabilities, distribution.lengths.tolist())
        return [Tags(ids[:n], numbers[:n]) for ids, numbers, n in rows]

    def write(self, doc: Doc, units: List[Unit], results: List[Tags]) -> None:
        if doc.vocab is not self.vocab:
            self.add_labels(doc.vocab)
        column = ATTRIBUTES[self.attribute]
        values = doc.to_array(column)
        confidences: Confidences = [None] * len(doc)
        some_stay = not self.overwrite and values.any()
        for unit, (ids, probabilities) in zip(units, results):
            best = chosen = self._values[ids]
            indices = unit.indices
            if some_stay:
                before = values[indices]
                chosen = np.where(before == 0, best, before)
                # The probability of the model's tag says nothing about another tag that stays.
                written = chosen == best
                indices, probabilities = indices[written], list(compress(probabilities, written))
            values[unit.indices] = chosen
            for index, probability in zip(indices.tolist(), probabilities):
                confidences[index] = probability
        doc.from_array([column], values.reshape(-1, 1))  # type: ignore[arg-type]  # spaCy's annotation is thinc's
        doc._.set(TAGS, confidences)

    def use(self, student: "Student") -> None:
        super().use(student)
        # spaCy's own number for a part of speech, a hash of the string for other labels.
        number = IDS.__getitem__ if self.attribute == "pos" else get_string_id
        self._values = np.array([number(label) for label in self.labels], dtype=np.uint64)
