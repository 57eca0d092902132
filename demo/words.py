"""Invented words: stems of syllables, suffixes that hint at a class, regular inflection, and Zipfian draws."""

from bisect import bisect
from itertools import accumulate
from random import Random
from typing import Dict, Generic, List, Sequence, Set, TypeVar

T = TypeVar("T")

ONSETS = "b b br c ch d d dr f f fl g gr h j k l l m m n n p p pl pr r r s s sh st t t th tr v v w".split()
NUCLEI = "a a a e e e i i o o o u ea oo".split()
CODAS = "b d g l l lm lt m mp n n nd nt p r r rd rk rn rt s ss st t x".split()

SUFFIXES: Dict[str, List[str]] = {
    "PER noun": "er or ist ian eer ant".split(),
    "ORG noun": "ium ency ion dom hood ship".split(),
    "LOC noun": "age ory land mere ward ing".split(),
    "thing noun": "ment ness let kin ure ock".split(),
    "PER verb": "ate le er".split(),
    "ORG verb": "ify ize age".split(),
    "LOC verb": "en ish ow".split(),
    "thing verb": "ute ock".split(),
    "adjective": "ish ous al ic ful less y".split(),
    "PER name": "son man er ski ez ell".split(),
    "LOC name": "ton ville burg ford ia stan by".split(),
    "ORG name": "ex co tech on ix um".split(),
    "first name": "a o y ie us ene".split(),
}


class Zipf(Generic[T]):
    """Items drawn with probability proportional to weight / (rank + shift) ** exponent."""

    def __init__(
        self, items: Sequence[T], exponent: float = 1.0, shift: float = 2.0, weights: Sequence[float] = ()
    ) -> None:
        self.items = list(items)
        own = weights or [1.0] * len(self.items)
        mass = [weight / (rank + shift) ** exponent for rank, weight in enumerate(own, start=1)]
        self._cumulative = list(accumulate(mass))

    def draw(self, rng: Random) -> T:
        return self.items[bisect(self._cumulative, rng.random() * self._cumulative[-1], hi=len(self.items) - 1)]


class WordMaker:
    """Makes new words, each of them only once."""

    def __init__(self, rng: Random, hint: float) -> None:
        self._rng = rng
        self._hint = hint
        self._made: Set[str] = set()

    def words(self, word_class: str, count: int) -> List[str]:
        return [self.word(word_class) for _ in range(count)]

    def word(self, word_class: str) -> str:
        """A new word; its suffix is one of its own class with probability `hint`, else that of any class or none."""
        while True:
            word = self._stem() + self._suffix(word_class)
            if word not in self._made and 4 <= len(word) <= 12:
                self._made.add(word)
                return word

    def _stem(self) -> str:
        """One closed syllable, or an open one and a closed one."""
        opening = self._open_syllable() if self._rng.random() < 0.4 else ""
        return opening + self._open_syllable() + self._rng.choice(CODAS)

    def _open_syllable(self) -> str:
        return self._rng.choice(ONSETS) + self._rng.choice(NUCLEI)

    def _suffix(self, word_class: str) -> str:
        if self._rng.random() < self._hint:
            return self._rng.choice(SUFFIXES[word_class])
        kind = word_class.split()[-1]
        rivals = [suffix for name, suffixes in SUFFIXES.items() if name.endswith(kind) for suffix in suffixes]
        return self._rng.choice([*rivals, "", ""])


def with_s(word: str) -> str:
    """The plural of a noun, the third person of a verb."""
    if word.endswith(("cy", "ry", "fy")):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "sh", "ch", "z")) else "s")


def past(verb: str) -> str:
    if verb.endswith("fy"):
        return verb[:-1] + "ied"
    return verb + ("d" if verb.endswith("e") else "ed")


def participle(verb: str) -> str:
    return (verb[:-1] if verb.endswith("e") else verb) + "ing"
