"""Whether the heads of a sentence form a tree: from every word they lead to the one root, whose head is 0.

Words are counted from 1. Every check returns its first fault, or None, and may assume the checks that `tree_fault`
makes before it.
"""

from typing import List, Optional, Sequence

from skd_plugin.data.files.faults import Fault

UNLABELLED = (
    'Fill it in, name a file without trees under "unlabelled" in the data path (`allennlp predict'
    " --use-dataset-reader` needs no trees)"
)


def tree_fault(
    heads: Sequence[Optional[int]], relations: Sequence[Optional[str]], lines: Sequence[int]
) -> Optional[Fault]:
    """The first fault of a tree; `lines` are the numbers of its words' lines."""
    word_fault = missing_head(heads, lines) or missing_relation(relations, lines) or out_of_range(heads, lines)
    if word_fault:
        return word_fault
    numbers = [head for head in heads if head is not None]
    return wrong_roots(numbers, lines) or cycle(numbers, lines)


def too_long(lines: Sequence[int], most: Optional[int]) -> Optional[Fault]:
    """A sentence of more words than `most`, which may be None."""
    if most is None or len(lines) <= most:
        return None
    finding, rule = f"a sentence of {len(lines)} words", f"at most {most} (`max_words`)"
    return Fault("too many words", lines[0], finding, rule, "Raise `max_words`, split the sentence")


def missing_head(heads: Sequence[Optional[int]], lines: Sequence[int]) -> Optional[Fault]:
    """A word without a head."""
    for head, line in zip(heads, lines):
        if head is None:
            return Fault("a missing head", line, "a word without a head", "one on every word", UNLABELLED)
    return None


def missing_relation(relations: Sequence[Optional[str]], lines: Sequence[int]) -> Optional[Fault]:
    """A word without a relation."""
    for relation, line in zip(relations, lines):
        if relation is None:
            return Fault("a missing relation", line, "a word without a relation", "one on every word", UNLABELLED)
    return None


def out_of_range(heads: Sequence[Optional[int]], lines: Sequence[int]) -> Optional[Fault]:
    """A head that is not another word of the sentence, nor 0."""
    for word, (head, line) in enumerate(zip(heads, lines), start=1):
        if head is not None and (not 0 <= head <= len(heads) or head == word):
            rule = f"0 (root) to {len(heads)}, another word of the sentence"
            return Fault("a head out of range", line, f"the head {head}", rule, "Correct the head")
    return None


def wrong_roots(heads: Sequence[int], lines: Sequence[int]) -> Optional[Fault]:
    """No root, or several."""
    roots = [line for head, line in zip(heads, lines) if head == 0]
    rule = "one word with the head 0 in every sentence"
    if not roots:
        return Fault("no root", lines[0], "a sentence without a root", rule, "Give one word the head 0")
    if len(roots) > 1:
        finding = f"a second root, after the one in line {roots[0]}"
        return Fault("several roots", roots[1], finding, rule, "Attach one of them to the other")
    return None


def cycle(heads: Sequence[int], lines: Sequence[int]) -> Optional[Fault]:
    """Words that do not lead to the root."""
    words = words_on_a_cycle(heads)
    if not words:
        return None
    finding = f"a cycle of the words {' ← '.join(map(str, [*words, words[0]]))}"
    return Fault("a cycle", lines[words[0] - 1], finding, "a path from every word to the root", "Correct the heads")


def words_on_a_cycle(heads: Sequence[int]) -> List[int]:
    """The words of the first cycle, each followed by its head; empty for a tree."""
    walk_of = [0] * (len(heads) + 1)
    for start in range(1, len(heads) + 1):
        word = start
        while word and not walk_of[word]:
            walk_of[word] = start
            word = heads[word - 1]
        if word and walk_of[word] == start:
            return _cycle_through(word, heads)
    return []


def _cycle_through(word: int, heads: Sequence[int]) -> List[int]:
    words = [word]
    while heads[words[-1] - 1] != word:
        words.append(heads[words[-1] - 1])
    return words
