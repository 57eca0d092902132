"""Synthetic sentences of made-up words, whose frequencies follow Zipf's law; some with entities and trees."""

from pathlib import Path
from typing import Iterator, List

import numpy as np

_WORDS = 30_000
_EXPONENT = 1.1
_MEAN_LENGTH, _SPREAD = 18.0, 8.0
_SHORTEST, _LONGEST = 3, 60
_BLOCK = 10_000
_TYPES = ("PER", "LOC", "ORG", "MISC")
_RELATIONS = 40


def write_text(path: Path, sentences: int, seed: int) -> None:
    """One sentence per line."""
    with path.open("w", encoding="utf-8") as file:
        for words in _sentences(sentences, seed):
            file.write(" ".join(words) + "\n")


def write_labelled(path: Path, sentences: int, seed: int) -> None:
    """CoNLL-U, in which every fifth word is an entity, and the head of a word is the one before it or the first."""
    random = np.random.default_rng(seed)
    with path.open("w", encoding="utf-8") as file:
        for words in _sentences(sentences, seed):
            relations = random.integers(_RELATIONS, size=len(words))
            for i, word in enumerate(words):
                tag = f"B-{_TYPES[i % len(_TYPES)]}" if i % 5 == 4 else "O"
                head, relation = (0, "root") if i == 0 else (i if i % 3 else 1, f"relation{relations[i]}")
                columns = [str(i + 1), word, "_", "X", "_", "_", str(head), relation, "_", f"NE={tag}"]
                file.write("\t".join(columns) + "\n")
            file.write("\n")


def _sentences(count: int, seed: int) -> Iterator[List[str]]:
    random = np.random.default_rng(seed)
    weights = 1 / np.arange(1, _WORDS + 1) ** _EXPONENT
    cumulated = np.cumsum(weights / weights.sum())
    for start in range(0, count, _BLOCK):
        lengths = random.normal(_MEAN_LENGTH, _SPREAD, min(_BLOCK, count - start)).round()
        lengths = lengths.clip(_SHORTEST, _LONGEST).astype(int)
        ids = np.searchsorted(cumulated, random.random(lengths.sum()))
        for words in np.split(ids, np.cumsum(lengths)[:-1]):
            yield [_word(number) for number in words.tolist()]


def _word(number: int) -> str:
    """A made-up word of consonants and vowels."""
    word = ""
    number += 1
    while number:
        number, rest = divmod(number, 85)
        word += "bcdfghklmnprstvwz"[rest // 5] + "aeiou"[rest % 5]
    return word
