"""Names of entities: patterns that combine name stems, common words and function words."""

from random import Random
from typing import Callable, Dict, List, Tuple

from demo.lexicon import Lexicon
from demo.tree import Mention, Node

TITLES = ["Mr.", "Ms.", "Dr.", "Sir", "Captain"]
ORG_TAILS = ["Group", "Bank", "Press", "Partners", "Union", "Institute", "Works", "Council"]
ORG_HEADS = ["University", "Bank", "Council", "Ministry", "Museum"]
LOC_TAILS = ["Valley", "Hills", "Street", "Square", "Bay", "Bridge"]
LOC_HEADS = ["Lake", "Port", "Mount", "Cape"]
INITIALS = "ABCDEFGHJKLMNPRST"

Pattern = Callable[["Namer"], Node]


class Namer:
    """Makes up names. All words of a name share one mention."""

    def __init__(self, lexicon: Lexicon, rng: Random) -> None:
        self._lexicon = lexicon
        self.rng = rng

    def name(self, name_type: str) -> Node:
        """The head of a new name of this type, annotated as a mention."""
        patterns, weights = zip(*PATTERNS[name_type])
        head: Node = self.rng.choices(patterns, weights)[0](self)
        mention = Mention(name_type)
        for node in [head, *head.descendants()]:
            node.mention = mention
        return head

    def stem(self, name_type: str) -> Node:
        return proper(self._lexicon.names[name_type].draw(self.rng))

    def first_name(self) -> Node:
        return proper(self._lexicon.first_names.draw(self.rng))

    def common(self) -> Node:
        """A common noun used as a name."""
        return proper(self._lexicon.nouns["thing"].draw(self.rng).capitalize())

    def pick(self, words: List[str]) -> Node:
        return proper(self.rng.choice(words))


def proper(form: str) -> Node:
    return Node(form, "PROPN", form, "Number=Sing")


def preposition(form: str) -> Node:
    return Node(form, "ADP")


def article() -> Node:
    return Node("the", "DET", "the", "Definite=Def|PronType=Art")


def _full_name(namer: Namer) -> Node:
    return namer.first_name().put_after("flat", namer.stem("PER"))


def _initial_and_surname(namer: Namer) -> Node:
    return proper(namer.rng.choice(INITIALS) + ".").put_after("flat", namer.stem("PER"))


def _name_from_a_place(namer: Namer) -> Node:
    """Anna of Tavirn: a place name inside the name of a person."""
    place = namer.stem("LOC").put_before("case", preposition(namer.rng.choice(["of", "of", "from"])))
    return namer.first_name().put_after("nmod", place)


def _stem_and_tail(name_type: str, tails: List[str]) -> Pattern:
    return lambda namer: namer.pick(tails).put_before("compound", namer.stem(name_type))


def _head_and_stem(heads: List[str]) -> Pattern:
    return lambda namer: namer.pick(heads).put_after("flat", namer.stem("LOC"))


def _isle(namer: Namer) -> Node:
    return namer.pick(["Isle", "Gulf", "Vale"]).put_after(
        "nmod", namer.stem("LOC").put_before("case", preposition("of"))
    )


def _institution(namer: Namer) -> Node:
    """University of Tavirn, Bank of the Tavirn, Council for Drament."""
    inner = namer.stem("LOC") if namer.rng.random() < 0.7 else namer.common()
    link = namer.rng.choice(["of", "of", "for", "in"])
    inner.put_before("case", preposition(link))
    if namer.rng.random() < 0.25:
        inner.put_before("det", article())
    return namer.pick(ORG_HEADS).put_after("nmod", inner)


def _partnership(namer: Namer) -> Node:
    """Keller and Dunn, Keller and Sons: organizations that look like two persons."""
    second = namer.pick(["Sons", "Company"]) if namer.rng.random() < 0.3 else namer.stem("PER")
    second.put_before("cc", Node("and", "CCONJ"))
    return namer.stem("PER").put_after("conj", second)


PATTERNS: Dict[str, List[Tuple[Pattern, float]]] = {
    "PER": [
        (_full_name, 4),
        (lambda namer: namer.stem("PER"), 5),
        (_initial_and_surname, 0.7),
        (lambda namer: namer.first_name(), 1),
        (_name_from_a_place, 0.5),
    ],
    "LOC": [
        (lambda namer: namer.stem("LOC"), 7),
        (_stem_and_tail("LOC", LOC_TAILS), 1.3),
        (_stem_and_tail("PER", LOC_TAILS), 0.7),
        (_head_and_stem(LOC_HEADS), 0.8),
        (_isle, 0.8),
    ],
    "ORG": [
        (lambda namer: namer.stem("ORG"), 5),
        (_stem_and_tail("ORG", ORG_TAILS), 1.3),
        (_stem_and_tail("LOC", ORG_TAILS + LOC_TAILS), 1.0),
        (_institution, 1.6),
        (_partnership, 1.2),
    ],
}
