"""The vocabulary of the invented language: words by class, and name stems that are ambiguous between types."""

from random import Random
from typing import Dict, List

from demo.frames import FRAMES
from demo.words import WordMaker, Zipf

TYPES = ["PER", "LOC", "ORG"]
HINT = 0.95
"""How often a word carries a suffix of its own class."""
STRONG = 0.7
"""Share of the name stems that nearly always name the same type."""


class Lexicon:
    """All words and name stems, drawn once."""

    def __init__(self, rng: Random) -> None:
        maker = WordMaker(rng, HINT)
        self.nouns = {kind: Zipf(maker.words(f"{kind} noun", 120)) for kind in [*TYPES, "thing"]}
        self.verbs = {frame.name: Zipf(maker.words(frame.verb_class, 40)) for frame in FRAMES}
        self.adjectives = Zipf(maker.words("adjective", 120))
        self.adverbs = Zipf([word + "ly" for word in maker.words("adjective", 50)])
        self.first_names = Zipf([word.capitalize() for word in maker.words("first name", 300)])
        self.names = _names(rng, maker, 3000)


def _names(rng: Random, maker: WordMaker, count: int) -> Dict[str, "Zipf[str]"]:
    """For each type the same stems in the same order of frequency, weighted by how often each names that type."""
    stems: List[str] = []
    shares_of_stems: List[Dict[str, float]] = []
    for _ in range(count):
        favorite = rng.choice(TYPES)
        stems.append(maker.word(f"{favorite} name").capitalize())
        shares_of_stems.append(_shares_of_types(rng, favorite))
    return {
        name_type: Zipf(stems, exponent=0.8, shift=6.0, weights=[shares[name_type] for shares in shares_of_stems])
        for name_type in TYPES
    }


def _shares_of_types(rng: Random, favorite: str) -> Dict[str, float]:
    strength = 0.94 if rng.random() < STRONG else rng.uniform(0.4, 0.75)
    return {name_type: strength if name_type == favorite else (1 - strength) / 2 for name_type in TYPES}
