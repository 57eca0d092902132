"""
What the teachers of a run say of its sentences, before it is trained: `seeds.py` starts this, with SYSTEM set.

Their potentials go into their stores, which all students of a teacher share. The first teacher's best structures of the
text are written as CoNLL-U for spaCy, and the labels of its trees for parsers that are taggers: those of the labelled
sentences alone cannot write all that it says.
"""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

import torch
from allennlp.common import Params
from allennlp.common.util import lazy_groups_of
from allennlp.data import DatasetReader, Instance

import skd_plugin.plugin  # noqa: F401
from skd_plugin.data.files.conllu_writing import from_words
from skd_plugin.data.tags.schemes import from_bioul
from skd_plugin.distillation.teachers.teacher import Teacher
from skd_plugin.structures import Factorization, Labeling, Parsing, Segments

Words = Tuple[str, ...]
BATCH = 64
LEAST = 2
"""How often a label of arcs must occur."""


def read(settings: Dict[str, Any], part: Optional[str] = None) -> Iterator[Instance]:
    """The training sentences, or a part of them: `labelled` or `unlabelled`."""
    paths = settings["train_data_path"]
    reader = DatasetReader.from_params(Params(dict(settings["reader"])))
    return iter(reader.read(paths if part is None else {part: paths[part]}))


def words_of(instance: Instance) -> Words:
    return tuple(instance["metadata"].metadata["words"])


def best_structures(teacher: Teacher, sentences: List[Words]) -> Iterator[List[str]]:
    """The lines of CoNLL-U of each sentence, with the teacher's best tree, or its best tags in MISC."""
    for batch in lazy_groups_of(sentences, BATCH):
        factorization = teacher(batch)
        if isinstance(factorization, Parsing):
            yield from map(from_words, batch, *_trees(factorization))
        else:
            yield from map(_with_tags, batch, best_tags(factorization))


def _trees(f: Parsing) -> Tuple[List[List[int]], List[List[str]]]:
    heads, relations = (ids.tolist() for ids in f.argmax)
    lengths = f.lengths.tolist()
    names = [[f.labels[label] for label in row[:n]] for row, n in zip(relations, lengths)]
    return [row[:n] for row, n in zip(heads, lengths)], names


def best_tags(f: Factorization) -> List[List[str]]:
    """The best entities of each sentence as BIOUL tags."""
    if isinstance(f, Labeling):
        rows = zip(f.argmax.tolist(), f.lengths.tolist())
        return [[f.labels[label] for label in row[:n]] for row, n in rows]
    best = f.argmax
    assert isinstance(best, Segments)
    return [
        bioul_of(widths[:n], [f.labels[kind] for kind in types[:n]])
        for widths, types, n in zip(best.widths.tolist(), best.types.tolist(), f.lengths.tolist())
    ]


def bioul_of(widths: List[int], types: List[str]) -> List[str]:
    """The tags of the entities that begin at each word, with so many words; no entity does where the width is 0."""
    tags = ["O"] * len(widths)
    for first, (width, kind) in enumerate(zip(widths, types)):
        if width == 1:
            tags[first] = f"U-{kind}"
        elif width:
            tags[first : first + width] = [f"B-{kind}", *[f"I-{kind}"] * (width - 2), f"L-{kind}"]
    return tags


def _with_tags(words: Words, tags: List[str]) -> List[str]:
    rows = [
        [str(i), word, *"_" * 7, f"NE={tag}"] for i, (word, tag) in enumerate(zip(words, from_bioul(tags, "IOB2")), 1)
    ]
    return ["\t".join(row) for row in rows]


def arc_labels(settings: Dict[str, Any], trees: Path) -> List[str]:
    """The labels of arcs that the labelled sentences and the teacher's best trees have."""
    reader = DatasetReader.from_params(Params(dict(settings["reader"])))
    paths = [settings["train_data_path"]["labelled"], str(trees)]
    counts = Counter(label for instance in reader.read(paths) for label in instance["arc_labels"].metadata)
    return sorted(label for label, count in counts.items() if count >= LEAST)


def main() -> None:
    settings = json.loads(os.environ["SYSTEM"])
    teachers = [Teacher.from_params(Params(dict(options))) for options in settings["distiller"]["teachers"]]
    sentences = list(map(words_of, read(settings)))
    for teacher in teachers:
        teacher.open(torch.device("cpu"))
        teacher.study(lambda: sentences)
    labels, structures = settings["arc_labels"], settings["best_structures"]
    if labels or structures:
        folder = Path(structures or Path(labels).parent)
        folder.mkdir(parents=True, exist_ok=True)
        text = list(map(words_of, read(settings, "unlabelled")))
        lines = best_structures(teachers[0], text)
        (folder / "text.conllu").write_text("".join("\n".join(rows) + "\n\n" for rows in lines), encoding="utf8")
    if labels:
        # A vocabulary, which that of the student extends.
        Path(labels).mkdir(exist_ok=True)
        (Path(labels) / "arc_labels.txt").write_text("\n".join(arc_labels(settings, folder / "text.conllu")))
        (Path(labels) / "non_padded_namespaces.txt").write_text("*tags\n*labels\n")


if __name__ == "__main__":
    main()
