"""Which labels the data has, and which the model can learn."""

from typing import Iterator

from skd_plugin.doctor.data import Data
from skd_plugin.doctor.finding import Finding
from skd_plugin.doctor.wording import counted, listed

RARE = 10
_FEW = 0.01
"""A share of the validation labels, which hardly changes a score."""


def labels_of_data(data: Data) -> Iterator[Finding]:
    """The labels, those that are only in the validation data, and those that are rare."""
    labels = data.labelled.labels
    if not labels:
        if data.labelled.sentences:
            yield Finding(
                "warning",
                f"The labelled training data has no {data.label_noun}.",
                "See whether dataset_reader names the right column, and the right scheme of tags.",
            )
        return
    yield Finding("ok", f"{data.label_noun.capitalize()} of the training data: {counted(labels)}")
    validation = {} if data.validation is None else data.validation.labels
    unseen = {label: number for label, number in validation.items() if label not in labels}
    if unseen:
        few = sum(unseen.values()) <= _FEW * sum(validation.values())
        yield Finding(
            "note" if few else "warning",
            f"Only the validation data has the {data.label_noun} {counted(unseen)}; the model cannot learn them.",
            "If they are other names for the same things, rename them in one of the files. Otherwise add training "
            "sentences that have them.",
        )
    rare = sorted(label for label, number in labels.items() if number < RARE)
    if rare:
        yield Finding(
            "note",
            f"These {data.label_noun} occur fewer than {RARE} times in the training data: {listed(rare)}. That is too "
            "few to learn.",
            "Check whether they are mistakes, or add sentences that have them.",
        )
