"""Parsed sentences as lines of CoNLL-U, without the empty line that ends a sentence."""

import re
from typing import List, Sequence

HEAD, DEPREL, DEPS = 6, 7, 8
_SEPARATORS = re.compile("[ \t\r\n]+")


def with_tree(lines: Sequence[str], heads: Sequence[int], relations: Sequence[str]) -> List[str]:
    """The lines of a sentence with other heads and relations.

    Comments, multiword tokens, empty nodes and all other columns stay. The words' DEPS become `_`, because the
    enhanced graph belongs to the old tree. Raises ValueError unless there are as many heads and relations as words.
    """
    words = [index for index, line in enumerate(lines) if _is_word(line)]
    if not len(words) == len(heads) == len(relations):
        raise ValueError(
            f"{len(heads)} head(s) and {len(relations)} relation(s) for {len(words)} word(s), expected one of each per "
            "word. Give the lines of the sentence that was parsed."
        )
    new_lines = list(lines)
    for index, head, relation in zip(words, heads, relations):
        columns = lines[index].split("\t")
        columns[HEAD], columns[DEPREL], columns[DEPS] = str(head), relation, "_"
        new_lines[index] = "\t".join(columns)
    return new_lines


def from_words(words: Sequence[str], heads: Sequence[int], relations: Sequence[str]) -> List[str]:
    """
    The lines of a sentence, one per word.

    CoNLL-U cannot write tabs and line ends within a word; each run of them becomes a space.
    """
    return [
        "\t".join([str(number), _form(word), *"____", str(head), relation, "_", "_"])
        for number, (word, head, relation) in enumerate(zip(words, heads, relations, strict=True), start=1)
    ]


def _is_word(line: str) -> bool:
    return line.split("\t", 1)[0].isdecimal()


def _form(word: str) -> str:
    return _SEPARATORS.sub(" ", word).strip(" ")
