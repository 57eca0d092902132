"""Nominal phrases: names and nouns with their modifiers, some of them at a distance."""

from random import Random
from typing import Callable

from demo.frames import NOUN_COMPLEMENTS, Mix, Oblique
from demo.lexicon import TYPES, Lexicon
from demo.names import TITLES, Namer, article, preposition, proper
from demo.tree import Node
from demo.words import with_s

RelativeClause = Callable[[str, int], Node]
"""Makes a relative clause on a noun of a kind, at a depth of embedding."""
NAMED = {"PER": 0.6, "LOC": 0.66, "ORG": 0.62, "thing": 0.1}
"""How often a phrase of this kind is a name instead of a noun. The name of a thing is not annotated as an entity."""
PRONOUNS = {"PER": ["he", "she", "they"], "ORG": ["it", "they"], "LOC": ["it"], "thing": ["it"]}
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August".split()


class Phrases:
    """Nominal phrases of the four kinds."""

    def __init__(self, lexicon: Lexicon, rng: Random, relative_clause: RelativeClause) -> None:
        self._lexicon = lexicon
        self._namer = Namer(lexicon, rng)
        self._rng = rng
        self._relative_clause = relative_clause

    def filler(self, mix: Mix, depth: int) -> Node:
        """A phrase for a slot that takes this mix of kinds."""
        return self.nominal(self.kind(mix), depth)

    def kind(self, mix: Mix) -> str:
        return self._rng.choices(list(mix), list(mix.values()))[0]

    def nominal(self, kind: str, depth: int) -> Node:
        first = self._simple(kind, depth)
        if self._chance(0.09, depth):
            second = self._simple(kind, depth + 1)
            first.put_after("conj", second.put_first("cc", Node(self._rng.choice(["and", "and", "or"]), "CCONJ")))
        return first

    def pronoun(self, kind: str) -> Node:
        return Node(self._rng.choice(PRONOUNS[kind]), "PRON", feats="Case=Nom|PronType=Prs")

    def prepositional(self, slot: Oblique, depth: int) -> Node:
        case = preposition(self._rng.choice(slot.prepositions))
        return self.filler(slot.mix, depth + 1).put_first("case", case)

    def time(self) -> Node:
        """On Monday, in March: capitalized words that are not entities."""
        word, case = self._rng.choice([(DAYS, "on"), (MONTHS, "in")])
        return proper(self._rng.choice(word)).put_before("case", preposition(case))

    def _simple(self, kind: str, depth: int) -> Node:
        if self._rng.random() >= NAMED[kind]:
            return self._noun(kind, depth)
        return self._product() if kind == "thing" else self._name(kind, depth)

    def _name(self, kind: str, depth: int) -> Node:
        name = self._namer.name(kind)
        if kind == "PER" and self._chance(0.18, 0):
            return name.put_first("compound", proper(self._rng.choice(TITLES)))
        if self._chance(0.12, 0):
            return name.put_first("compound", self._bare_noun(kind)).put_first("det", article())
        if self._chance(0.22, depth):
            return self._with_apposition(name, kind, depth)
        if self._chance(0.08, depth):
            return self._with_relative_clause(name, kind, depth)
        return name

    def _with_apposition(self, name: Node, kind: str, depth: int) -> Node:
        """Keller, the frishous dravender of Tavirn, …"""
        noun = self._noun(kind, depth + 1).put_first("punct", comma())
        return name.put_after("appos", noun.put_after("punct", comma()))

    def _with_relative_clause(self, noun: Node, kind: str, depth: int) -> Node:
        clause = self._relative_clause(kind, depth + 1)
        return noun.put_after("acl:relcl", clause.put_first("punct", comma()).put_after("punct", comma()))

    def _noun(self, kind: str, depth: int) -> Node:
        noun = self._bare_noun(kind)
        if self._chance(0.3, depth):
            self._quantify(noun)
        else:
            noun.put_before("det", self._determiner())
        if self._chance(0.3, 0):
            noun.put_before("amod", self._adjective())
        if self._chance(0.07, depth):
            noun.put_before("compound", self._namer.name(self._rng.choice(["LOC", "ORG"])))
        for slot in NOUN_COMPLEMENTS[kind]:
            if self._chance(slot.probability, depth):
                noun.put_after("nmod", self.prepositional(slot, depth))
        return self._extraposed(noun, kind, depth) if self._chance(0.1, depth) else noun

    def _extraposed(self, noun: Node, kind: str, depth: int) -> Node:
        """A noun with a relative clause; every third one is moved to the end of the main clause."""
        clause = self._relative_clause(kind, depth + 1)
        put = noun.put_late if self._chance(0.33, 0) else noun.put_after
        return put("acl:relcl", clause)

    def _bare_noun(self, kind: str) -> Node:
        form = self._lexicon.nouns[kind].draw(self._rng)
        return Node(form, "NOUN", form, "Number=Sing")

    def _quantify(self, noun: Node) -> None:
        """Plural, with a numeral or bare."""
        noun.form, noun.feats = with_s(noun.lemma), "Number=Plur"
        if self._chance(0.5, 0):
            number = self._rng.choice(["two", "three", "four", "ten", "twelve"])
            noun.put_before("nummod", Node(number, "NUM", feats="NumType=Card"))

    def _determiner(self) -> Node:
        form = self._rng.choices(["the", "a", "this", "every", "some"], [10, 5, 1, 1, 1])[0]
        return Node(form, "DET")

    def _adjective(self) -> Node:
        if self._chance(0.15, 0):
            stem = self._lexicon.names["LOC"].draw(self._rng)
            return Node(stem + self._rng.choice(["ian", "ese", "ish"]), "ADJ", feats="Degree=Pos")
        return Node(self._lexicon.adjectives.draw(self._rng), "ADJ", feats="Degree=Pos")

    def _product(self) -> Node:
        """The Keller: a ship, a song, a model of car."""
        stem = self._lexicon.names[self._rng.choice(TYPES)].draw(self._rng)
        return proper(stem).put_before("det", article())

    def _chance(self, probability: float, depth: int) -> bool:
        """True with this probability, halved for every level of embedding."""
        return self._rng.random() < probability * 0.5**depth


def comma() -> Node:
    return Node(",", "PUNCT")
