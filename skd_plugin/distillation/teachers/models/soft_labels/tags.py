"""Tags: for each word a distribution over tags."""

from typing import Optional, Sequence, Set

import numpy as np

from skd_plugin.distillation.teachers.models.soft_labels.choices import Choices, read_choices
from skd_plugin.distillation.teachers.models.soft_labels.form import Form, float_tensor, mask_of, numbered, word_name
from skd_plugin.distillation.teachers.models.soft_labels.records import Record
from skd_plugin.distillation.teachers.models.word_labels import Scheme, Tags, WordLabels
from skd_plugin.structures import FORBIDDEN, Labeling


class WordTags(Form):
    """
    `tags` has an object {tag: probability} for each word. The distribution is what `WordLabels` makes of them.

    # Parameters

    name : `str`
        What messages call the file.
    scheme : `str`, optional
    tags : `Dict[str, Optional[str]]`, optional
        See `WordLabels`.
    """

    def __init__(self, name: str, scheme: Optional[Scheme], tags: Optional[Tags]) -> None:
        self._name, self._scheme, self._tags = name, scheme, tags
        self._labels: Set[str] = set()

    def survey(self, record: Record) -> None:
        self._labels.update(_read(record).names)

    def complete(self) -> None:
        labels, self._numbers = numbered(list(self._labels))
        self._word_labels = WordLabels(labels, self._name, self._tags, self._scheme)

    def factorize(self, records: Sequence[Record]) -> Labeling:
        mask = mask_of(records)
        scores = np.full((*mask.shape, len(self._numbers)), FORBIDDEN)
        for row, record in enumerate(records):
            choices = _read(record)
            scores[row, choices.places, [self._numbers[name] for name in choices.names]] = choices.scores
        return self._word_labels.distribution(float_tensor(scores), mask)


def _read(record: Record) -> Choices:
    labels = record.labels["tags"]
    return read_choices(labels, len(record.words), "tags", lambda place: f"the tags of {word_name(record, place)}")
