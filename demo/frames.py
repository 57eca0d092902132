"""Valency frames: which kinds of subjects, objects and obliques each class of verbs takes, and how often."""

from typing import Dict, List, NamedTuple, Optional, Tuple

Mix = Dict[str, float]
"""How often each kind of phrase (PER, LOC, ORG, thing) fills a slot."""


class Oblique(NamedTuple):
    """A prepositional complement."""

    prepositions: List[str]
    mix: Mix
    probability: float


class Frame(NamedTuple):
    """The complements that a class of verbs takes."""

    name: str
    weight: float
    verb_class: str
    subject: Mix
    object: Optional[Mix] = None
    obliques: Tuple[Oblique, ...] = ()
    says: bool = False


def mix(text: str) -> Mix:
    """`"PER 8 ORG 2"` as a dictionary."""
    words = text.split()
    return {kind: float(share) for kind, share in zip(words[::2], words[1::2])}


def oblique(prepositions: str, fillers: str, probability: float) -> Oblique:
    return Oblique(prepositions.split(), mix(fillers), probability)


PLACE = oblique("in in near at around", "LOC 9 ORG 1", 0.25)
AFTERWARDS = oblique("from for with", "ORG 9 PER 1 thing 2", 0.25)

FRAMES: List[Frame] = [
    Frame("say", 9, "PER verb", mix("PER 19 ORG 1"), says=True),
    Frame("meet", 9, "PER verb", mix("PER 19 ORG 1"), mix("PER 18 ORG 2"), (PLACE,)),
    Frame(
        "travel",
        8,
        "PER verb",
        mix("PER 18 thing 2"),
        None,
        (oblique("to from through into", "LOC 19 ORG 1", 0.9),),
    ),
    Frame("join", 7, "PER verb", mix("PER 18 ORG 2"), mix("ORG 18 LOC 1 PER 1"), (AFTERWARDS,)),
    Frame("employ", 7, "ORG verb", mix("ORG 19 PER 1"), mix("PER 19 thing 1"), (AFTERWARDS, PLACE)),
    Frame("buy", 9, "ORG verb", mix("ORG 19 PER 1"), mix("ORG 14 thing 6"), (AFTERWARDS, PLACE)),
    Frame(
        "compete",
        6,
        "ORG verb",
        mix("ORG 18 LOC 2"),
        None,
        (oblique("with against over", "ORG 19 PER 1", 0.8), PLACE),
    ),
    Frame(
        "lie",
        6,
        "LOC verb",
        mix("LOC 18 thing 2"),
        None,
        (oblique("near beyond along behind", "LOC 19 ORG 1", 0.9),),
    ),
    Frame("border", 6, "LOC verb", mix("LOC 19 thing 1"), mix("LOC 18 thing 2")),
    Frame("govern", 6, "PER verb", mix("PER 19 ORG 1"), mix("LOC 19 ORG 1")),
    Frame("make", 5, "thing verb", mix("PER 4 ORG 1"), mix("thing 17 ORG 1"), (AFTERWARDS,)),
    Frame("happen", 5, "thing verb", mix("thing 1"), None, (oblique("in during after", "LOC 8 thing 6", 0.6),)),
    Frame("concern", 2, "thing verb", mix("thing 1"), mix("PER 1 ORG 1 LOC 1")),
]

NOUN_COMPLEMENTS: Dict[str, List[Oblique]] = {
    "PER": [oblique("of from at", "ORG 18 LOC 2", 0.3)],
    "ORG": [oblique("in of near", "LOC 12 thing 3 PER 1", 0.3)],
    "LOC": [oblique("of near beside", "LOC 12 thing 3", 0.25)],
    "thing": [
        oblique("by about", "PER 8 thing 2", 0.15),
        oblique("for", "ORG 8 thing 2", 0.1),
        oblique("in", "LOC 9 ORG 1", 0.1),
    ],
}
