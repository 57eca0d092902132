"""A part of the data in numbers: the labelled training sentences, the text, or the validation sentences."""

from collections import Counter
from typing import Dict, List, NamedTuple, Optional, Set, Tuple

from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans

from skd_plugin.data.files.sentence import Sentence

LONG_ENOUGH = 5
"""Shorter sentences, such as "Thank you !", are in any two texts."""
LONG = 150
MAX_REMEMBERED = 1_000_000
"""Of so many sentences it is remembered which they are; of more they would take too much memory."""

_ENDS = frozenset(".!?;:,…。！？")


class Place(NamedTuple):
    """A number, such as a length, and the file and line where it is found."""

    number: int
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Part:
    """
    The numbers of the sentences that were added.

    # Parameters

    of_entities : `bool`
        Whether their tags are BIOUL tags of entities. Their labels are then the types.
    """

    def __init__(self, of_entities: bool) -> None:
        self._of_entities = of_entities
        self.sentences = 0
        self.words = 0
        self.without_gold = 0
        self.long = 0
        self.longest: Optional[Place] = None
        self.widest: Optional[Place] = None
        """The widest entity, in words."""
        self.forms: Counter[str] = Counter()
        self.labels: Counter[str] = Counter()
        self.remembered: Dict[int, int] = {}
        """How often sentences of at least `LONG_ENOUGH` words are there, by their hashes."""
        self.glued = 0
        """How many end with a word whose last character is a mark that is a word in other sentences."""
        self.files: Dict[str, int] = {}
        """How many are from each file."""

    def add(self, sentence: Sentence) -> None:
        words, file = sentence.words, str(sentence.extras.get("path", ""))
        line = sentence.lines[0] if sentence.lines else 0
        length = len(words)
        self.sentences += 1
        self.words += length
        self.long += length > LONG
        self.forms.update(words)
        self.files[file] = self.files.get(file, 0) + 1
        if self.longest is None or length > self.longest.number:
            self.longest = Place(length, file, line)
        last = words[-1] if words else ""
        self.glued += len(last) > 1 and last[-1] in _ENDS and any(map(str.isalnum, last))
        if length >= LONG_ENOUGH:
            name = hash(tuple(words))
            if name in self.remembered or len(self.remembered) < MAX_REMEMBERED:
                self.remembered[name] = self.remembered.get(name, 0) + 1
        if sentence.tags is None:
            self.without_gold += 1
        elif self._of_entities:
            self._add_entities(sentence, bioul_tags_to_spans(list(sentence.tags)))
        else:
            self.labels.update(sentence.tags)

    @property
    def mean_length(self) -> float:
        return self.words / max(1, self.sentences)

    @property
    def repeated(self) -> int:
        """How many sentences, of at least `LONG_ENOUGH` words, were there before."""
        return sum(self.remembered.values()) - len(self.remembered)

    def shared(self, other: "Part") -> Tuple[int, int]:
        """How many of its sentences, of at least `LONG_ENOUGH` words, are in the other part, too; and of how many."""
        both = sum(number for name, number in self.remembered.items() if name in other.remembered)
        return both, sum(self.remembered.values())

    def share_of(self, words: Set[str]) -> float:
        """The share of its words, each as often as it occurs, that are among these."""
        return sum(number for form, number in self.forms.items() if form in words) / max(1, self.words)

    def _add_entities(self, sentence: Sentence, spans: List[Tuple[str, Tuple[int, int]]]) -> None:
        for kind, (first, last) in spans:
            self.labels[kind] += 1
            width = last + 1 - first
            if self.widest is None or width > self.widest.number:
                self.widest = Place(width, str(sentence.extras.get("path", "")), sentence.lines[first])
