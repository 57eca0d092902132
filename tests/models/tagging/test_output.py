"""Entities of a tagged sentence."""

from skd_plugin.models.tagging.output import entities_of_tags


def test_entities_come_in_order_with_their_words():
    words = "Ada of the Royal Society met Bo".split()
    tags = ["U-PER", "O", "B-ORG", "I-ORG", "L-ORG", "O", "U-PER"]
    assert entities_of_tags(tags, words) == [
        {"type": "PER", "start": 0, "end": 1, "text": "Ada"},
        {"type": "ORG", "start": 2, "end": 5, "text": "the Royal Society"},
        {"type": "PER", "start": 6, "end": 7, "text": "Bo"},
    ]
