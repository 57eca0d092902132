"""Splits a CoNLL-U training file at documents: a part that keeps its labels, and the rest as text alone."""

import argparse
import random
from itertools import groupby
from pathlib import Path
from typing import Iterator, List

Sentence = str


def documents(conllu: str) -> Iterator[List[Sentence]]:
    """The sentences of each document, which begins at a `# newdoc` line; without any, each sentence is one."""
    number, marked = 0, "# newdoc" in conllu
    numbered = []
    for sentence in filter(None, conllu.split("\n\n")):
        number += not marked or sentence.lstrip("\n").startswith("# newdoc")
        numbered.append((number, sentence.strip("\n")))
    for _, group in groupby(numbered, key=lambda pair: pair[0]):
        yield [sentence for _, sentence in group]


def words(sentence: Sentence) -> List[str]:
    rows = [line.split("\t") for line in sentence.split("\n") if not line.startswith("#")]
    return [row[1].replace(" ", "\u00a0") for row in rows if row[0].isdigit()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path, help="en_ewt-train.conllu")
    parser.add_argument("out", type=Path, help="folder for labelled.conllu and unlabelled.txt")
    parser.add_argument("--labelled", type=int, default=3000, help="labelled sentences, rounded up to a whole document")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    shuffled = list(documents(arguments.train.read_text(encoding="utf8")))
    random.Random(arguments.seed).shuffle(shuffled)
    labelled: List[Sentence] = []
    while len(labelled) < arguments.labelled:
        labelled.extend(shuffled.pop())
    unlabelled = [" ".join(words(sentence)) for document in shuffled for sentence in document]

    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "labelled.conllu").write_text("\n\n".join(labelled) + "\n\n", encoding="utf8")
    (arguments.out / "unlabelled.txt").write_text("\n".join(unlabelled) + "\n", encoding="utf8")
    print(f"{len(labelled)} labelled and {len(unlabelled)} unlabelled sentences in {arguments.out}")


if __name__ == "__main__":
    main()
