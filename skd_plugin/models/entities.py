"""Entities for people to read: which words of a sentence its BIOUL tags mark, and as what."""

from typing import Any, Dict, List, Sequence

from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans


def entities(tags: Sequence[str], words: Sequence[str]) -> List[Dict[str, Any]]:
    """In order of their words; `start` and `end` count words from 0, `end` is the word after the entity."""
    spans = sorted((first, last + 1, kind) for kind, (first, last) in bioul_tags_to_spans(list(tags)))
    return [
        {"type": kind, "start": start, "end": end, "text": " ".join(words[start:end])} for start, end, kind in spans
    ]
