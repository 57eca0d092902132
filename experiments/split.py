"""Splits a CoNLL-U training file at documents: a part that keeps its labels, and the rest as text alone."""

import argparse
import random
from itertools import groupby
from pathlib import Path
from typing import Iterable, Iterator, List, Sequence, Tuple

Sentence = str
Document = List[Sentence]


def documents(conllu: str) -> Iterator[Document]:
    """The sentences of each document, which begins at a `# newdoc` line; without any, each sentence is one."""
    number, marked = 0, "# newdoc" in conllu
    numbered = []
    for sentence in filter(None, conllu.split("\n\n")):
        number += not marked or sentence.lstrip("\n").startswith("# newdoc")
        numbered.append((number, sentence.strip("\n")))
    for _, group in groupby(numbered, key=lambda pair: pair[0]):
        yield [sentence for _, sentence in group]


def divided(found: Iterable[Document], size: int, seed: int) -> Tuple[List[Sentence], List[Sentence]]:
    """At least `size` sentences, of whole documents drawn at random, and the others."""
    shuffled = list(found)
    random.Random(seed).shuffle(shuffled)
    drawn: List[Sentence] = []
    while len(drawn) < size:
        drawn.extend(shuffled.pop())
    return drawn, [sentence for document in shuffled for sentence in document]


def words(sentence: Sentence) -> List[str]:
    rows = [line.split("\t") for line in sentence.split("\n") if not line.startswith("#")]
    return [row[1].replace(" ", "\u00a0") for row in rows if row[0].isdigit()]


def write_conllu(path: Path, sentences: Sequence[Sentence]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(sentences) + "\n\n", encoding="utf8")


def write_text(path: Path, sentences: Sequence[Sentence]) -> None:
    """The words of the sentences, one sentence a line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(" ".join(words(sentence)) + "\n" for sentence in sentences), encoding="utf8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path, help="en_ewt-train.conllu")
    parser.add_argument("out", type=Path, help="folder for labelled.conllu and unlabelled.txt")
    parser.add_argument("--labelled", type=int, default=3000, help="labelled sentences, rounded up to a whole document")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    found = documents(arguments.train.read_text(encoding="utf8"))
    labelled, unlabelled = divided(found, arguments.labelled, arguments.seed)
    write_conllu(arguments.out / "labelled.conllu", labelled)
    write_text(arguments.out / "unlabelled.txt", unlabelled)
    print(f"{len(labelled)} labelled and {len(unlabelled)} unlabelled sentences in {arguments.out}")


if __name__ == "__main__":
    main()
