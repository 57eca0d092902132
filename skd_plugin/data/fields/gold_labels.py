"""A field of the gold labels of a sentence's words, with the place of each in a file."""

from typing import Dict, List, NamedTuple, Optional, Union

from allennlp.data import Vocabulary
from allennlp.data.fields import SequenceLabelField
from allennlp.data.fields.sequence_field import SequenceField

from skd_plugin.data.fields.unknown_labels import UnknownLabels
from skd_plugin.structures import bioul

UNKNOWN = -2
"""The id of a label that the vocabulary lacks. −1 is that of a word without gold."""


class Place(NamedTuple):
    """Where a sentence stands: a file, and the line of each word."""

    path: str
    lines: List[int]


class GoldLabels(SequenceLabelField):
    """
    Gold labels, one per word. The id of a label that the vocabulary lacks is −2, if such labels are accepted.

    If the labels are BIOUL tags, the vocabulary counts O and all four tags of each of their types. A model then knows
    longer or shorter entities than the training data has.

    # Parameters

    labels : `Union[List[str], List[int]]`
        Integers are used as they are.
    sequence_field : `SequenceField`
        The words.
    label_namespace : `str`
        The vocabulary's namespace of the labels.
    unknown_labels : `UnknownLabels`
        What is done with labels that the vocabulary lacks.
    place : `Place`, optional (default = `None`)
        Where the sentence stands, if it is from a file.
    are_bioul : `bool`, optional (default = `False`)
        Whether the labels are BIOUL tags.
    """

    __slots__ = ["_unknown_labels", "_place", "_are_bioul"]

    def __init__(
        self,
        labels: Union[List[str], List[int]],
        sequence_field: SequenceField,
        label_namespace: str,
        unknown_labels: UnknownLabels,
        place: Optional[Place] = None,
        are_bioul: bool = False,
    ) -> None:
        super().__init__(labels, sequence_field, label_namespace)
        self._unknown_labels = unknown_labels
        self._place = place
        self._are_bioul = are_bioul

    def count_vocab_items(self, counter: Dict[str, Dict[str, int]]) -> None:
        if self._skip_indexing:
            return
        labels = tuple(map(str, self.labels))
        counts = counter[self._label_namespace]
        for label in labels:
            counts[label] += 1
        for tag in bioul.tags(bioul.types(labels)) if self._are_bioul else ():
            counts[tag] = max(1, counts[tag])

    def index(self, vocab: Vocabulary) -> None:
        if self._skip_indexing:
            return
        known = vocab.get_token_to_index_vocabulary(self._label_namespace)
        for position, label in enumerate(map(str, self.labels)):
            if label not in known:
                path, line = self._location(position)
                self._unknown_labels.report(label, path, line, self._label_namespace, known)
        self._indexed_labels = [known.get(str(label), UNKNOWN) for label in self.labels]

    def _location(self, position: int) -> "tuple[str, Optional[int]]":
        if self._place is None:
            return f"Word {position + 1} of a sentence", None
        return self._place.path, self._place.lines[position]
