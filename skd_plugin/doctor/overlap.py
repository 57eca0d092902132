"""Sentences that are in two parts of the data, and scores that mean less because of it."""

from typing import Iterator

from skd_plugin.doctor.data import Data
from skd_plugin.doctor.finding import Finding
from skd_plugin.doctor.part import LONG_ENOUGH

CHANCE = 0.01
"""A larger share of sentences that are in two parts is no coincidence."""
MOSTLY = 0.5
_REPEATED = 0.1


def overlap(data: Data) -> Iterator[Finding]:
    """Validation sentences that are trained on, text that is the labelled data, and text that repeats itself."""
    if data.validation is not None:
        yield from _leak(data)
    if data.text.sentences:
        yield from _text(data)


def _leak(data: Data) -> Iterator[Finding]:
    assert data.validation is not None
    remedies = {
        "labelled training data": "Take them out of one of the two: the score of a model that has seen the answers "
        "says nothing about new sentences.",
        "text": "Take them out of the text: the student learns what its teacher says of just these sentences, so "
        "their score is too high.",
    }
    found = False
    for name, part in {"labelled training data": data.labelled, "text": data.text}.items():
        both, of = data.validation.shared(part)
        if both > CHANCE * of:
            found = True
            yield Finding(
                "warning",
                f"{both:,} of the {of:,} validation sentences of at least {LONG_ENOUGH} words ({both / of:.0%}) are in "
                f"the {name}.",
                remedies[name],
            )
    if not found:
        yield Finding("ok", f"At most {CHANCE:.0%} of the validation sentences are in what is trained on")


def _text(data: Data) -> Iterator[Finding]:
    both, of = data.text.shared(data.labelled)
    if both > MOSTLY * of:
        yield Finding(
            "warning",
            f"The text is the labelled data again: {both / of:.0%} of its sentences are there, too. Of sentences that "
            "it was trained on, a teacher says little more than their labels.",
            "Give other text, which need not be labelled. Without any, cross-fitting helps: allennlp skd-cross-fit.",
        )
    elif both > CHANCE * of:
        yield Finding(
            "note",
            f"{both:,} of the {of:,} sentences of the text are in the labelled data, too.",
            "Take them out of the text: there they are learned without their labels.",
        )
    if data.text.repeated > _REPEATED * of:
        yield Finding(
            "note",
            f"{data.text.repeated:,} of the {of:,} sentences of the text are repetitions.",
            "Keep one of each, and the steps go to different sentences: sort -u.",
        )
