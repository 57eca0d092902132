"""Writes a teacher's best trees of a text as CoNLL-U, the labels of top-1 distillation, and counts their arc labels."""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Iterator, List, NamedTuple, Tuple

import torch
from allennlp.common.util import lazy_groups_of
from conllu import parse_incr

import skd_plugin.plugin  # noqa: F401
from skd_plugin.data.files.conllu_writing import from_words
from skd_plugin.distillation.teachers.teacher import Teacher
from skd_plugin.structures import encodings

BATCH = 64


class Parse(NamedTuple):
    words: Tuple[str, ...]
    heads: List[int]
    relations: List[str]


def best_trees(teacher: Teacher, sentences: List[Tuple[str, ...]]) -> Iterator[Parse]:
    for batch in lazy_groups_of(sentences, BATCH):
        factorization = teacher(batch)
        rows = zip(batch, *(ids.tolist() for ids in factorization.argmax))
        for words, heads, relations in rows:
            yield Parse(words, heads[: len(words)], [factorization.labels[r] for r in relations[: len(words)]])


def gold_trees(path: Path) -> Iterator[Parse]:
    with path.open(encoding="utf8") as file:
        for sentence in parse_incr(file):
            words = [token for token in sentence if isinstance(token["id"], int)]
            yield Parse(tuple(w["form"] for w in words), [w["head"] for w in words], [w["deprel"] for w in words])


def frequent_labels(parses: List[Parse], least: int) -> List[str]:
    counts = Counter(
        label for p in parses for label in encodings.encoding("relative_offset").encode(p.heads, p.relations)
    )
    return sorted(label for label, count in counts.items() if count >= least)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", help="the teacher's model.tar.gz")
    parser.add_argument("corpus", type=Path, help="the folder with labelled.conllu and unlabelled.txt")
    parser.add_argument("out", type=Path)
    parser.add_argument("--labels", type=Path, help="where the arc labels of gold and the teacher's trees go, as JSON")
    parser.add_argument("--least", type=int, default=2, help="how often such a label must occur")
    arguments = parser.parse_args()

    lines = (arguments.corpus / "unlabelled.txt").read_text(encoding="utf8").split("\n")
    sentences = [tuple(line.split(" ")) for line in lines if line]
    teacher = Teacher(arguments.archive)
    teacher.open(torch.device("cpu"))
    teacher.study(sentences)
    parses = list(best_trees(teacher, sentences))
    with arguments.out.open("w", encoding="utf8") as out:
        out.writelines("\n".join(from_words(*parse)) + "\n\n" for parse in parses)
    if arguments.labels:
        labels = frequent_labels([*parses, *gold_trees(arguments.corpus / "labelled.conllu")], arguments.least)
        arguments.labels.write_text(json.dumps(labels, indent=0), encoding="utf8")
        print(f"{len(labels)} arc labels in {arguments.labels}")


if __name__ == "__main__":
    main()
