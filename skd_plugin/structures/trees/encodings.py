"""Trees as one label a word: where its head is, seen from the word, and their relation (Strzyz et al. 2019)."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import ClassVar, NamedTuple, Sequence, final

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.kernels.compiled import compiled_strictly

Tags = Sequence[Sequence[str]]

_SEPARATOR = "@"
_ROOT = "0"


class Encoding(ABC):
    """
    A label is a place, `@`, and a relation. ROOT is the place `0` for every word, so that a root's label does not
    depend on where it stands. Every tree has an encoding, and no two trees have the same.
    """

    name: ClassVar[str]
    needs_tags: ClassVar[bool]

    @abstractmethod
    def encode(self, heads: Sequence[int], relations: Sequence[str], tags: Sequence[str] | None = None) -> list[str]:
        """The labels of a tree; heads are 0 (ROOT) to n. Raises ValueError without tags where they are needed."""

    @abstractmethod
    def heads(self, labels: tuple[str, ...], lengths: Tensor, tags: Tags | None = None) -> Tensor:
        """The head that each label denotes at each word, −1 where it denotes none: shape (batch, n, label)."""


@final
class RelativeOffset(Encoding):
    """
    `+1@nsubj`: the head is the next word. The "relative positional encoding", with ROOT apart: written as an offset, as
    by the authors of case 1b, it would be another label at each place, and unknown in sentences longer than any seen.
    """

    name = "relative_offset"
    needs_tags = False

    def encode(self, heads: Sequence[int], relations: Sequence[str], tags: Sequence[str] | None = None) -> list[str]:
        places = (f"{head - word:+d}" if head else _ROOT for word, head in enumerate(heads, start=1))
        return [place + _SEPARATOR + relation for place, relation in zip(places, relations)]

    def heads(self, labels: tuple[str, ...], lengths: Tensor, tags: Tags | None = None) -> Tensor:
        device = lengths.device
        offsets = torch.tensor(_offsets(labels), device=device)
        words = torch.arange(1, int(lengths.max()) + 1, device=device).unsqueeze(1)
        ends = lengths.view(-1, 1, 1)
        # Shape: (n, label)
        found = (words + offsets).where(offsets != 0, 0)
        within = (found > 0) | (offsets == 0)
        return found.where(within & (found <= ends) & (words <= ends), -1)


@final
class RelativePos(Encoding):
    """`-2,NOUN@det`: the head is the second noun to the left. Fewer labels; the words need universal tags."""

    name = "relative_pos"
    needs_tags = True

    def encode(self, heads: Sequence[int], relations: Sequence[str], tags: Sequence[str] | None = None) -> list[str]:
        tags = _checked(tags, len(heads))
        places = (_rank(word, head, tags) if head else _ROOT for word, head in enumerate(heads, start=1))
        return [place + _SEPARATOR + relation for place, relation in zip(places, relations)]

    def heads(self, labels: tuple[str, ...], lengths: Tensor, tags: Tags | None = None) -> Tensor:
        if tags is None:
            raise ValueError(_untagged("a sentence", None))
        table = _ranks(labels)
        ids = np.full((len(lengths), max(1, int(lengths.max()))), -1)
        for row, words, n in zip(ids, tags, lengths.tolist()):
            row[:n] = [table.tags.get(tag, -1) for tag in _checked(words, n)]
        found = _heads_by_rank(ids, lengths.cpu().numpy(), table.steps, table.tag_of, len(table.tags))
        return torch.from_numpy(found).to(lengths.device)


ENCODINGS: dict[str, type[Encoding]] = {kind.name: kind for kind in (RelativeOffset, RelativePos)}


def encoding(name: str) -> Encoding:
    """The encoding of this name."""
    if name not in ENCODINGS:
        raise ValueError(f"The encoding of trees is {name!r}, expected one of: {', '.join(ENCODINGS)}.")
    return ENCODINGS[name]()


def relation(label: str) -> str:
    """The relation that an arc label denotes."""
    return _split(label)[1]


def _split(label: str) -> tuple[str, str]:
    """Where a label says the head is, and the relation."""
    if _SEPARATOR not in label:
        raise ValueError(f"{label!r} is no arc label; expected a place, '@' and a relation, such as '+1@nsubj'.")
    place, name = label.split(_SEPARATOR, 1)
    return place, name


def _places(labels: tuple[str, ...], pattern: str, which: str) -> list[str]:
    foreign = [label for label in labels if not re.fullmatch(pattern, _split(label)[0])]
    if foreign:
        raise ValueError(f"{foreign[0]!r} is no label of the encoding {which}. Choose the one it was written with.")
    return [_split(label)[0] for label in labels]


@lru_cache(maxsize=8)
def _offsets(labels: tuple[str, ...]) -> list[int]:
    return [int(place) for place in _places(labels, r"0|[+-][1-9]\d*", "relative_offset, which writes '+1@nsubj'")]


class _Ranks(NamedTuple):
    """Labels as numbers: how many words with the tag `tag_of` (an id in `tags`) to go, left (−) or right; 0 is ROOT."""

    steps: np.ndarray
    tag_of: np.ndarray
    tags: dict[str, int]


@lru_cache(maxsize=8)
def _ranks(labels: tuple[str, ...]) -> _Ranks:
    pattern, example = r"0|[+-][1-9]\d*,.+", "relative_pos, which writes '-2,NOUN@det'"
    pairs = [place.partition(",")[::2] for place in _places(labels, pattern, example)]
    tags = {tag: index for index, tag in enumerate(sorted({tag for _, tag in pairs if tag}))}
    return _Ranks(np.array([int(step) for step, _ in pairs]), np.array([tags.get(tag, -1) for _, tag in pairs]), tags)


def _rank(word: int, head: int, tags: Sequence[str]) -> str:
    """`+1,NOUN` if the head is the first noun to the right."""
    tag = tags[head - 1]
    between = tags[word:head] if head > word else tags[head - 1 : word - 1]
    return f"{'+' if head > word else '-'}{list(between).count(tag)},{tag}"


@compiled_strictly
def _heads_by_rank(tags, lengths, steps, tag_of, kinds):  # type: ignore[no-untyped-def]
    batch, length = tags.shape
    heads = np.full((batch, length, len(steps)), -1)
    for b in range(batch):
        places, count = np.zeros((kinds, length), np.int64), np.zeros(kinds, np.int64)
        before = np.zeros((lengths[b] + 1, kinds), np.int64)
        for i in range(lengths[b]):
            tag = tags[b, i]
            if tag >= 0:
                places[tag, count[tag]] = i + 1
                count[tag] += 1
            before[i + 1] = count
        for i in range(lengths[b]):
            for label in range(len(steps)):
                step, tag = steps[label], tag_of[label]
                if step == 0:
                    heads[b, i, label] = 0
                else:
                    # To the right the word itself is among those passed, to the left it is not.
                    rank = before[i + 1, tag] + step - 1 if step > 0 else before[i, tag] + step
                    if 0 <= rank < count[tag]:
                        heads[b, i, label] = places[tag, rank]
    return heads


def _checked(tags: Sequence[str] | None, n: int) -> Sequence[str]:
    if tags is None or len(tags) != n:
        raise ValueError(_untagged("a sentence", tags))
    for word, tag in enumerate(tags, start=1):
        if not tag or _SEPARATOR in tag:
            raise ValueError(_untagged(f"word {word}", tag))
    return tags


def _untagged(what: str, given: object) -> str:
    return (
        f"The encoding relative_pos needs a universal part-of-speech tag on every word, without '@'; {what} has "
        f"{given!r}. Tag the text first, or choose the encoding relative_offset."
    )
