"""Trees as one label per word: where its head is, as seen from the word, and its relation (Strzyz et al. 2019)."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Callable, ClassVar, NamedTuple, Sequence, TypeVar, final

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures.kernels.trees.heads_by_rank import heads_by_rank

Tags = Sequence[Sequence[str]]

_SEPARATOR = "@"
_ROOT = "0"


class Encoding(ABC):
    """
    A label is a position, `@`, and a relation. Every tree has an encoding, and no two trees have the same.

    The position of ROOT is `0` for every word, so that a root's label does not depend on where the word stands.
    """

    name: ClassVar[str]
    """Given by `register`."""
    needs_tags: ClassVar[bool]

    def encode(self, heads: Sequence[int], relations: Sequence[str], tags: Sequence[str] | None = None) -> list[str]:
        """
        The labels of a tree, one per word; heads are 0 (ROOT) to n.

        Raises ValueError if the encoding needs tags and there are none.
        """
        return [position + _SEPARATOR + name for position, name in zip(self.positions(heads, tags), relations)]

    @abstractmethod
    def positions(self, heads: Sequence[int], tags: Sequence[str] | None = None) -> list[str]:
        """The position that each word's label has, for its head."""

    @abstractmethod
    def heads(self, labels: tuple[str, ...], lengths: Tensor, tags: Tags | None = None) -> Tensor:
        """
        The head that each label denotes at each word, −1 where it denotes none: shape (batch, n, label).

        `lengths` (batch,) are the sentences' numbers of words. Raises ValueError for a label of another encoding, and
        if the encoding needs tags and there are none.
        """


ENCODINGS: dict[str, type[Encoding]] = {}
"""All encodings by name: readers and models offer these."""

_Kind = TypeVar("_Kind", bound=type[Encoding])


def register(name: str) -> Callable[[_Kind], _Kind]:
    """A class decorator that gives an encoding its name. Raises ValueError if another class has the name."""

    def named(kind: _Kind) -> _Kind:
        if name in ENCODINGS:
            raise ValueError(f"{name!r} is already the encoding {ENCODINGS[name].__name__}. Choose another name.")
        kind.name = name
        ENCODINGS[name] = kind
        return kind

    return named


def encoding(name: str) -> Encoding:
    """The encoding of this name. Raises ValueError if there is none."""
    if name not in ENCODINGS:
        raise ValueError(f"The encoding of trees is {name!r}, expected one of: {', '.join(ENCODINGS)}.")
    return ENCODINGS[name]()


def relation(label: str) -> str:
    """The relation of an arc label. Raises ValueError if it is not an arc label."""
    return _split(label)[1]


@final
@register("relative_offset")
class RelativeOffset(Encoding):
    """
    `+1@nsubj`: the head is the next word. This is the "relative positional encoding", but with one label for roots.

    The authors of case 1b write ROOT as an offset too. A root's label then changes with its position, and sentences
    longer than any in the training data need labels that nobody has seen.
    """

    needs_tags = False

    def positions(self, heads: Sequence[int], tags: Sequence[str] | None = None) -> list[str]:
        return [f"{head - word:+d}" if head else _ROOT for word, head in enumerate(heads, start=1)]

    def heads(self, labels: tuple[str, ...], lengths: Tensor, tags: Tags | None = None) -> Tensor:
        device = lengths.device
        offsets = torch.tensor(_offsets(labels), device=device)
        words = torch.arange(1, _longest(lengths) + 1, device=device).unsqueeze(1)
        ends = lengths.view(-1, 1, 1)
        # Shape: (n, label)
        heads = (words + offsets).where(offsets != 0, 0)
        after_root = (heads > 0) | (offsets == 0)
        return heads.where(after_root & (heads <= ends) & (words <= ends), -1)


@final
@register("relative_pos")
class RelativePos(Encoding):
    """`-2,NOUN@det`: the head is the second noun to the left. It has fewer labels, but needs universal tags."""

    needs_tags = True

    def positions(self, heads: Sequence[int], tags: Sequence[str] | None = None) -> list[str]:
        tags = _checked_tags(tags, len(heads))
        return [_rank(word, head, tags) if head else _ROOT for word, head in enumerate(heads, start=1)]

    def heads(self, labels: tuple[str, ...], lengths: Tensor, tags: Tags | None = None) -> Tensor:
        if tags is None:
            raise ValueError(_untagged("a sentence", None))
        table = _ranks(labels)
        ids = np.full((len(lengths), _longest(lengths)), -1)
        for row, sentence, n in zip(ids, tags, lengths.tolist()):
            row[:n] = [table.tags.get(tag, -1) for tag in _checked_tags(sentence, n)]
        heads = heads_by_rank(ids, lengths.cpu().numpy(), table.steps, table.tag_of, len(table.tags))
        return torch.from_numpy(heads).to(lengths.device)


def _longest(lengths: Tensor) -> int:
    return max(lengths.tolist(), default=0)


def _split(label: str) -> tuple[str, str]:
    """The position and the relation of a label."""
    if _SEPARATOR not in label:
        raise ValueError(f"{label!r} is not an arc label; expected a position, '@' and a relation, such as '+1@nsubj'.")
    position, name = label.split(_SEPARATOR, 1)
    return position, name


def _positions(labels: tuple[str, ...], pattern: str, which: str) -> list[str]:
    """The labels' positions, which have to match the pattern of an encoding."""
    positions = [_split(label)[0] for label in labels]
    for label, position in zip(labels, positions):
        if not re.fullmatch(pattern, position):
            raise ValueError(
                f"{label!r} is not a label of the encoding {which}. Choose the encoding that wrote the labels."
            )
    return positions


@lru_cache(maxsize=8)
def _offsets(labels: tuple[str, ...]) -> list[int]:
    pattern, example = r"0|[+-][1-9]\d*", "relative_offset, which writes '+1@nsubj'"
    return [int(position) for position in _positions(labels, pattern, example)]


class _Ranks(NamedTuple):
    """
    Labels as numbers. The head is the |steps|-th word with the tag `tag_of`, to the left (−) or to the right.

    `tag_of` is an id in `tags`. ROOT has 0 steps and the tag −1.
    """

    steps: np.ndarray
    tag_of: np.ndarray
    tags: dict[str, int]


@lru_cache(maxsize=8)
def _ranks(labels: tuple[str, ...]) -> _Ranks:
    pattern, example = r"0|[+-][1-9]\d*,.+", "relative_pos, which writes '-2,NOUN@det'"
    pairs = [position.partition(",")[::2] for position in _positions(labels, pattern, example)]
    tags = {tag: index for index, tag in enumerate(sorted({tag for _, tag in pairs if tag}))}
    return _Ranks(np.array([int(step) for step, _ in pairs]), np.array([tags.get(tag, -1) for _, tag in pairs]), tags)


def _rank(word: int, head: int, tags: Sequence[str]) -> str:
    """`+1,NOUN` if the head is the first noun to the right."""
    tag = tags[head - 1]
    between = tags[word:head] if head > word else tags[head - 1 : word - 1]
    return f"{'+' if head > word else '-'}{list(between).count(tag)},{tag}"


def _checked_tags(tags: Sequence[str] | None, n: int) -> Sequence[str]:
    if tags is None or len(tags) != n:
        raise ValueError(_untagged("a sentence", tags))
    for word, tag in enumerate(tags, start=1):
        if not tag or _SEPARATOR in tag:
            raise ValueError(_untagged(f"word {word}", tag))
    return tags


def _untagged(what: str, tags: object) -> str:
    return (
        f"The encoding relative_pos needs a universal part-of-speech tag on every word, without '@'; {what} has "
        f"{tags!r}. Tag the text first, or choose the encoding relative_offset."
    )
