"""Gold entities as spans of BIOUL tags, with errors for ill-formed tags and for spans that are too wide."""

from typing import Tuple

from allennlp.common.checks import ConfigurationError
from torch import Tensor

from skd_plugin.models.gold import Metadata
from skd_plugin.structures import Segments, bioul, spans_of_tags


def gold_spans(
    tags: Tensor, mask: Tensor, labels: Tuple[str, ...], types: Tuple[str, ...], metadata: Metadata = None
) -> Segments:
    """
    The spans of BIOUL tags, which are ids of `labels`, shape (batch, n). The types of the spans are ids of `types`.

    The mask may leave out whole sentences. Raises `ConfigurationError` unless the tags are well-formed.
    """
    tags = tags.masked_fill(~mask, 0)
    ill_formed = ~bioul.well_formed(tags, mask, labels)
    if bool(ill_formed.any()):
        row = int(ill_formed.int().argmax())
        names = " ".join(labels[tag] for tag in tags[row, : int(mask[row].sum())].tolist())
        raise ConfigurationError(
            f"{_sentence_name(row, metadata)} has the gold tags {names}, expected well-formed BIOUL tags: "
            "B-x I-x … L-x, U-x. Correct them, or let a reader of entities convert them."
        )
    return spans_of_tags(tags, labels, types, mask)


def check_width(spans: Segments, max_width: int, metadata: Metadata = None) -> None:
    """Raises `ConfigurationError` if a span has more than `max_width` words."""
    widest = int(spans.widths.max())
    if widest > max_width:
        row, first = divmod(int(spans.widths.argmax()), spans.widths.shape[1])
        sentence = _sentence_name(row, metadata, first)
        raise ConfigurationError(
            f"{sentence} has a gold entity of {widest} words, from word {first + 1} on, which the "
            f"model cannot learn, as its `max_width` is {max_width}. Set `max_width` to {widest} or more, leave it out "
            "to score all spans, or take such sentences out of the training data."
        )


def _sentence_name(row: int, metadata: Metadata, word: int = 0) -> str:
    """The sentence, with the file and the line of a word if its reader gives them."""
    if metadata is None:
        return f"Sentence {row + 1} of the batch"
    sentence = metadata[row]
    place = f"{sentence['path']}:{sentence['lines'][word]}: the" if "path" in sentence else "The"
    return f"{place} sentence {' '.join(sentence['words'])!r}"
