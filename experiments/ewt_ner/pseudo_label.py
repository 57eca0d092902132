"""Writes what a teacher holds to be the best tags of a text, as CoNLL-U: the labels of top-1 distillation."""

import argparse
from pathlib import Path
from typing import List, Sequence

import torch

import skd_plugin.plugin  # noqa: F401
from skd_plugin.data.tags.schemes import from_bioul
from skd_plugin.distillation.teachers.teacher import Teacher
from skd_plugin.structures import Factorization


def conllu(words: Sequence[str], tags: Sequence[str]) -> str:
    rows = [[str(i), word, *"_" * 7, f"NE={tag}"] for i, (word, tag) in enumerate(zip(words, tags), start=1)]
    return "\n".join("\t".join(row) for row in rows) + "\n\n"


def best_tags(factorization: Factorization) -> List[List[str]]:
    rows = zip(factorization.argmax.tolist(), factorization.lengths.tolist())
    return [from_bioul([factorization.labels[y] for y in labels[:n]], "IOB2") for labels, n in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", help="the teacher's model.tar.gz")
    parser.add_argument("store", help="where its potentials are, or go")
    parser.add_argument("text", type=Path, help="one sentence a line")
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()

    lines = arguments.text.read_text(encoding="utf8").split("\n")
    sentences = [tuple(line.split(" ")) for line in lines if line]
    teacher = Teacher(arguments.archive, store=arguments.store)
    teacher.open(torch.device("cpu"))
    teacher.study(sentences)
    with arguments.out.open("w", encoding="utf8") as out:
        for start in range(0, len(sentences), 64):
            batch = sentences[start : start + 64]
            out.writelines(map(conllu, batch, best_tags(teacher(batch))))


if __name__ == "__main__":
    main()
