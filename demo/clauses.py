"""Clauses: a verb of some valency frame with tense, voice, complements and adjuncts."""

from random import Random
from typing import List

from demo.frames import FRAMES, Frame, Mix
from demo.lexicon import Lexicon
from demo.names import preposition
from demo.phrases import Phrases, comma
from demo.tree import Node
from demo.words import participle, past, with_s

SUBORDINATORS = ["when", "after", "because", "although", "while", "before"]


class Clauses:
    """Main, subordinate and relative clauses."""

    def __init__(self, lexicon: Lexicon, rng: Random) -> None:
        self._lexicon = lexicon
        self._rng = rng
        self._phrases = Phrases(lexicon, rng, relative_clause=self.relative)

    def sentence(self) -> Node:
        """The root of a sentence without its full stop."""
        main = self.main(0)
        if self._chance(0.12):
            return self._with_subordinate(main)
        if self._chance(0.08):
            second = self.main(1).put_first("cc", Node(self._rng.choice(["and", "but"]), "CCONJ"))
            return main.put_after("conj", second.put_first("punct", comma()))
        if self._chance(0.12):
            return main.put_first("punct", comma()).put_first("obl", self._phrases.time())
        return main

    def main(self, depth: int) -> Node:
        frame = self._frame()
        if frame.object and self._chance(0.18):
            return self._passive(frame, depth)
        kind = self._phrases.kind(frame.subject)
        subject = self._phrases.pronoun(kind) if self._chance(0.1) else self._phrases.nominal(kind, depth)
        verb = self._verb(frame, subject)
        self._complete(verb, frame, depth, frame.object is not None)
        return verb.put_first("nsubj", subject)

    def relative(self, kind: str, depth: int) -> Node:
        """A relative clause on a noun of this kind, which is its subject or its object."""
        if self._chance(0.3):
            return self._object_relative(kind, depth)
        frame = self._frame_for(kind, [frame.subject for frame in FRAMES])
        pronoun = Node(self._rng.choice(["that", "who" if kind == "PER" else "which"]), "PRON", feats="PronType=Rel")
        verb = self._verb(frame, pronoun)
        self._complete(verb, frame, depth, frame.object is not None)
        return verb.put_first("nsubj", pronoun)

    def _object_relative(self, kind: str, depth: int) -> Node:
        frame = self._frame_for(kind, [frame.object or {} for frame in FRAMES])
        subject = self._phrases.filler(frame.subject, depth + 1)
        verb = self._verb(frame, subject)
        self._complete(verb, frame, depth, has_object=False)
        pronoun = Node(self._rng.choice(["that", "which"]), "PRON", feats="PronType=Rel")
        return verb.put_first("nsubj", subject).put_first("obj", pronoun)

    def _with_subordinate(self, main: Node) -> Node:
        clause = self.main(1).put_first("mark", Node(self._rng.choice(SUBORDINATORS), "SCONJ"))
        if self._chance(0.5):
            return main.put_after("advcl", clause)
        return main.put_first("advcl", clause.put_after("punct", comma()))

    def _passive(self, frame: Frame, depth: int) -> Node:
        """Tavirn was blonated by Keller."""
        assert frame.object is not None
        subject = self._phrases.filler(frame.object, depth)
        verb = self._lexeme(frame)
        verb.form, verb.feats = past(verb.lemma), "Tense=Past|VerbForm=Part|Voice=Pass"
        verb.put_before("aux:pass", Node("were" if _is_plural(subject) else "was", "AUX", "be"))
        if self._chance(0.7):
            agent = self._phrases.filler(frame.subject, depth + 1).put_first("case", preposition("by"))
            verb.put_after("obl:agent", agent)
        self._complete(verb, frame, depth, has_object=False)
        return verb.put_first("nsubj:pass", subject)

    def _complete(self, verb: Node, frame: Frame, depth: int, has_object: bool) -> None:
        """Add what follows the verb."""
        if has_object:
            assert frame.object is not None
            verb.put_after("obj", self._phrases.filler(frame.object, depth + 1))
        for slot in frame.obliques:
            if self._rng.random() < slot.probability * 0.7**depth:
                verb.put_after("obl", self._phrases.prepositional(slot, depth))
        if self._chance(0.08):
            verb.put_after("obl", self._phrases.time())
        if frame.says:
            clause = self.main(depth + 1).put_first("mark", Node("that", "SCONJ"))
            verb.put_after("ccomp", clause)

    def _verb(self, frame: Frame, subject: Node) -> Node:
        """The verb in an active tense, with its auxiliary."""
        verb = self._lexeme(frame)
        inflect = self._rng.choices(
            [self._past, self._present, self._modal, self._perfect, self._progressive], [8, 3, 2, 2, 1]
        )[0]
        inflect(verb, _is_plural(subject))
        if self._chance(0.1):
            verb.put_before("advmod", Node(self._lexicon.adverbs.draw(self._rng), "ADV"))
        return verb

    def _past(self, verb: Node, plural: bool) -> None:
        verb.form, verb.feats = past(verb.lemma), "Tense=Past|VerbForm=Fin"

    def _present(self, verb: Node, plural: bool) -> None:
        verb.form, verb.feats = verb.lemma if plural else with_s(verb.lemma), "Tense=Pres|VerbForm=Fin"

    def _modal(self, verb: Node, plural: bool) -> None:
        verb.put_before("aux", Node(self._rng.choice(["will", "may", "could", "must"]), "AUX"))
        verb.feats = "VerbForm=Inf"

    def _perfect(self, verb: Node, plural: bool) -> None:
        verb.put_before("aux", Node(self._rng.choice(["had", "have" if plural else "has"]), "AUX", "have"))
        verb.form, verb.feats = past(verb.lemma), "Tense=Past|VerbForm=Part"

    def _progressive(self, verb: Node, plural: bool) -> None:
        verb.put_before("aux", Node(self._rng.choice(["are", "were"] if plural else ["is", "was"]), "AUX", "be"))
        verb.form, verb.feats = participle(verb.lemma), "VerbForm=Ger"

    def _lexeme(self, frame: Frame) -> Node:
        form = self._lexicon.verbs[frame.name].draw(self._rng)
        return Node(form, "VERB", form, opens_clause=True)

    def _frame(self) -> Frame:
        return self._rng.choices(FRAMES, [frame.weight for frame in FRAMES])[0]

    def _frame_for(self, kind: str, slots: List[Mix]) -> Frame:
        """A frame drawn for how readily this slot of it takes the kind."""
        weights = [frame.weight * slot.get(kind, 0) / (sum(slot.values()) or 1) for frame, slot in zip(FRAMES, slots)]
        return self._rng.choices(FRAMES, weights)[0]

    def _chance(self, probability: float) -> bool:
        return self._rng.random() < probability


def _is_plural(subject: Node) -> bool:
    coordinated = any(dependent.relation == "conj" for dependent in subject.after)
    return coordinated or "Plur" in subject.feats or subject.form == "they"
