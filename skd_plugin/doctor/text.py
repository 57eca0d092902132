"""Whether the text suits the distillation: how much there is, how it is split into words, and what it is about."""

from typing import Iterator

from skd_plugin.doctor.data import Data
from skd_plugin.doctor.finding import Finding
from skd_plugin.doctor.overlap import MOSTLY

FEW = 1.0
"""Less text, as a multiple of the labelled words, adds little."""
GLUED = 0.2
_FOREIGN = 0.1


def text(data: Data) -> Iterator[Finding]:
    """What can be said of the text of a distillation."""
    if not data.text.sentences:
        yield Finding(
            "warning",
            "There is no text without labels, and it matters most: of the sentences that it was trained on, a teacher "
            "says little more than their labels.",
            "Name files of text, a sentence a line with spaces between words: train_data_path: { labelled: …, "
            "unlabelled: 'more.txt' }. Without any, cross-fitting helps: allennlp skd-cross-fit.",
        )
        return
    if data.labelled.words:
        yield from _amount(data)
        yield from _tokenization(data)
    shared, of = data.text.shared(data.labelled)
    # Text that is the labelled data has no other words, whatever its kind.
    if data.validation is not None and data.labelled.words and shared <= MOSTLY * of:
        yield from _words(data)


def text_without_teacher(data: Data) -> Iterator[Finding]:
    """What can be said of text if nobody teaches."""
    if data.text.sentences:
        yield Finding(
            "warning",
            "There is text without labels, and no teacher: nothing is learned from it, and its batches take time.",
            "Add a teacher (docs/distilling.md), or leave `unlabelled` out of train_data_path.",
        )


def _amount(data: Data) -> Iterator[Finding]:
    ratio = data.text.words / data.labelled.words
    shown = f"{ratio:.2g}" if ratio < 10 else f"{ratio:,.0f}"
    found = f"The text has {shown} times as many words as the labelled data"
    if ratio < FEW:
        yield Finding("note", f"{found}. More text is what helps a student most.", "Add text of the same kind.")
    else:
        yield Finding("ok", found)


def _tokenization(data: Data) -> Iterator[Finding]:
    ours, theirs = (part.glued / part.sentences for part in (data.text, data.labelled))
    if ours > theirs + GLUED:
        yield Finding(
            "warning",
            f"{ours:.0%} of the text's sentences end in a word with its full stop, as `Oslo.`, and {theirs:.0%} of the "
            "labelled ones. The text is not split into words as the labelled data is, so the teacher reads it badly, "
            "and the student learns words that it never meets.",
            "Split it with a tokenizer: one sentence a line, with a space before each punctuation mark.",
        )
    else:
        yield Finding("ok", "Its sentences end as those of the labelled data do, so both are split into words alike")


def _words(data: Data) -> Iterator[Finding]:
    assert data.validation is not None
    known = set(data.labelled.forms)
    unseen = 1 - data.validation.share_of(known)
    still_unseen = 1 - data.validation.share_of(known.union(data.text.forms))
    if not unseen:
        return
    gained = 1 - still_unseen / unseen
    found = (
        f"Of the words in the validation data, the labelled data lacks {unseen:.1%}; the text has {gained:.0%} of these"
    )
    if gained < _FOREIGN:
        yield Finding(
            "note",
            f"{found}, so it may be of another kind, or another language.",
            "Take text that resembles what the student is going to read.",
        )
    else:
        yield Finding("ok", found)
