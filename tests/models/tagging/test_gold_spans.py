"""Gold spans of tags, and errors for tags and spans that cannot be used."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.models.tagging.gold_spans import check_width, gold_spans
from skd_plugin.structures import Segments

# Padding has the id of the first label, which here closes a span.
LABELS = ("U-LOC", "L-PER", "O", "B-PER", "I-PER")
TYPES = ("LOC", "PER")
METADATA = [{"words": ["Ada", "King"]}, {"words": ["Maria", "del", "Carmen", "Ruiz"]}]


def read(*sentences: str) -> Segments:
    rows = [[LABELS.index(tag) for tag in tags.split()] for tags in sentences]
    n = max(map(len, rows))
    mask = torch.tensor([[i < len(row) for i in range(n)] for row in rows])
    return gold_spans(torch.tensor([row + [0] * (n - len(row)) for row in rows]), mask, LABELS, TYPES, METADATA)


def test_spans_of_tags():
    widths, types = read("U-LOC B-PER I-PER L-PER O", "B-PER L-PER", "O")
    assert widths.tolist() == [[1, 3, 0, 0, 0], [2, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
    assert types.tolist() == [[0, 1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0]]


def test_sentences_that_the_mask_leaves_out_have_no_spans():
    widths, types = gold_spans(torch.full((2, 3), -1), torch.zeros(2, 3, dtype=torch.bool), LABELS, TYPES)
    assert not widths.any() and not types.any()


@pytest.mark.parametrize("tags", ["O B-PER", "I-PER L-PER", "B-PER O", "B-PER U-LOC", "B-PER B-PER L-PER", "L-PER O"])
def test_ill_formed_tags_are_refused(tags):
    with pytest.raises(
        ConfigurationError, match=f"'Maria del Carmen Ruiz' has the gold tags {tags}, expected well-for"
    ):
        read("O O O", tags)


def test_a_span_that_is_too_wide_is_refused_by_name():
    spans = read("B-PER L-PER", "O B-PER I-PER L-PER")
    check_width(spans, 3, METADATA)
    with pytest.raises(
        ConfigurationError, match="'Maria del.*Ruiz' has a gold entity of 3 words, from word 2 on.*to 3 or"
    ):
        check_width(spans, 2, METADATA)
    with pytest.raises(ConfigurationError, match="Sentence 2 of the batch has"):
        check_width(spans, 1)


def test_errors_name_the_file_and_the_line():
    spans = read("B-PER L-PER", "O B-PER I-PER L-PER")
    places = [{**sentence, "path": "f.conll", "lines": [11, 12, 13, 14]} for sentence in METADATA]
    with pytest.raises(
        ConfigurationError, match=r"^f\.conll:12: the sentence 'Maria del Carmen Ruiz' has a gold entity"
    ):
        check_width(spans, 2, places)
