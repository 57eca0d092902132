"""Dependency trees under construction: each node has dependents before it, after it, and at the end of the clause."""

from dataclasses import dataclass, field
from typing import Iterator, List, NamedTuple, Optional


@dataclass(eq=False)
class Mention:
    """One mention of an entity; the nodes that spell it share the object."""

    type: str


@dataclass(eq=False)
class Node:
    """A word and its dependents in the order they are spoken.

    `late` holds dependents that are extraposed to the end of the clause; they make trees non-projective.
    """

    form: str
    upos: str
    lemma: str = ""
    feats: str = "_"
    mention: Optional[Mention] = None
    relation: str = "root"
    opens_clause: bool = False
    before: List["Node"] = field(default_factory=list)
    after: List["Node"] = field(default_factory=list)
    late: List["Node"] = field(default_factory=list)

    def put_before(self, relation: str, node: "Node") -> "Node":
        """Add a dependent nearer to this word than those already before it."""
        node.relation = relation
        self.before.append(node)
        return self

    def put_first(self, relation: str, node: "Node") -> "Node":
        """Add a dependent in front of everything this word governs so far."""
        node.relation = relation
        self.before.insert(0, node)
        return self

    def put_after(self, relation: str, node: "Node") -> "Node":
        node.relation = relation
        self.after.append(node)
        return self

    def put_late(self, relation: str, node: "Node") -> "Node":
        node.relation = relation
        self.late.append(node)
        return self

    @property
    def dependents(self) -> List["Node"]:
        return self.before + self.after + self.late

    def descendants(self) -> Iterator["Node"]:
        for node in self.dependents:
            yield node
            yield from node.descendants()


class Word(NamedTuple):
    """One line of the finished sentence; heads count from 1, and 0 is the root."""

    form: str
    lemma: str
    upos: str
    feats: str
    head: int
    relation: str
    mention: Optional[Mention]


def speak(node: Node) -> List[Node]:
    """The nodes of a tree in the order of the sentence."""
    spoken, extraposed = _speak(node)
    return spoken + [word for late in extraposed for word in speak(late)]


def _speak(node: Node) -> "tuple[List[Node], List[Node]]":
    """The nodes to speak here, and those that wait for the end of the clause."""
    spoken: List[Node] = []
    waiting: List[Node] = []
    for part in [*node.before, None, *node.after]:
        words, late = ([node], node.late) if part is None else _speak(part)
        spoken += words
        waiting += late
    if node.opens_clause:
        spoken += [word for late in waiting for word in speak(late)]
        waiting = []
    return spoken, waiting


def finish(root: Node) -> List[Word]:
    """Close the sentence with a full stop, number its words and capitalize the first."""
    stop = Node(".", "PUNCT")
    nodes = _spell([*speak(root), stop])
    root.put_after("punct", stop)
    position = {id(node): index for index, node in enumerate(nodes, start=1)}
    heads = {
        id(child): position[id(parent)] for parent in nodes for child in parent.dependents if id(child) in position
    }
    return [
        Word(
            node.form,
            node.lemma or node.form.lower(),
            node.upos,
            node.feats,
            heads.get(id(node), 0),
            node.relation,
            node.mention,
        )
        for node in nodes
    ]


def _spell(nodes: List[Node]) -> List[Node]:
    """Apply English spelling: no doubled punctuation, `an` before vowels, and a capital first letter."""
    kept = [
        node
        for node, following in zip(nodes, [*nodes[1:], None])
        if not (node.form == "," and following and following.upos == "PUNCT")
    ]
    for node, following in zip(kept, kept[1:]):
        if node.form == "a" and following.form[0] in "aeiouAEIOU":
            node.form, node.lemma = "an", "a"
    first = kept[0]
    first.lemma = first.lemma or first.form
    first.form = first.form[0].upper() + first.form[1:]
    return kept
