"""What a pipeline has written to a doc, small enough to keep for many docs."""

import hashlib
from array import array
from typing import Any, List, NamedTuple

from spacy.tokens import Doc

from skd_plugin.serving.docs import confidences

TOLERANCE = 1e-3
"""Of a probability. Its last digits depend on the sentences that are in the same batch."""


class Result(NamedTuple):
    """A digest of the words, trees, tags, entities and sentences; and the probabilities, −1 where there is none."""

    choices: bytes
    probabilities: array


def result_of(doc: Doc) -> Result:
    confidences.register()
    tokens = [(t.text, t.head.i, t.dep_, t.tag_, t.pos_, t.ent_iob_, t.ent_type_, t.is_sent_start) for t in doc]
    numbers: List[Any] = [number for t in doc for number in (t._.skd_arc_probability, t._.skd_tag_probability)]
    numbers += [score for group in doc.spans.values() for score in group.attrs.get("scores", ())]
    digest = hashlib.sha256(repr(tokens).encode("utf-8", "surrogatepass")).digest()
    return Result(digest, array("f", [-1.0 if number is None else number for number in numbers]))


def are_same(ours: Result, theirs: Result) -> bool:
    return ours.choices == theirs.choices and all(
        abs(our - their) <= TOLERANCE for our, their in zip(ours.probabilities, theirs.probabilities)
    )
