"""How certain a model of entities is of a text: P(y_r|x) of its five best outputs, and the entities it expects."""

import argparse
from pathlib import Path
from typing import List

import torch
from torch import Tensor

import skd_plugin.plugin  # noqa: F401
from skd_plugin.distillation import ArchivedModel
from skd_plugin.distillation.teachers.teacher import Teacher
from skd_plugin.structures import Factorization, FlatSpans, Labeling, Segments, SpanFactored, bioul, translated

K = 5


def entities(f: Factorization, rank: int) -> Tensor:
    """A number for each entity of one of the best outputs, at its first word; 0 where none begins."""
    structures = f.n_best(K).structures
    if isinstance(structures, Segments):
        spans = Segments(*(part[:, rank] for part in structures))
    else:
        types = bioul.types(f.labels)
        n = f.mask.shape[1]
        spans = translated(structures[:, rank], f, FlatSpans(torch.zeros(*f.mask.shape, n, len(types)), f.mask, types))
    return spans.widths * 1000 + spans.types


def expected_entities(f: Factorization) -> float:
    if isinstance(f, Labeling):
        begins = torch.tensor([label[0] in "BU" for label in f.labels])
        return float(f.token_marginals[..., begins].sum())
    return float(f.marginals.spans.sum())


def measured(f: Factorization) -> Tensor:
    """Sums over sentences: P of each rank; entities found, expected, and in the k best, all alike and weighted."""
    f = f.flat if isinstance(f, SpanFactored) else f
    probabilities = f.n_best(K).log_probabilities.double().exp()
    best, shares = entities(f, 0), probabilities / probabilities.sum(1, keepdim=True)
    kept = [(entities(f, rank) == best) & (best > 0) for rank in range(K)]
    alike = sum(float(same.sum()) for same in kept) / K
    weighted = sum(float((same * shares[:, rank : rank + 1]).sum()) for rank, same in enumerate(kept))
    numbers = [float((best > 0).sum()), expected_entities(f), alike, weighted]
    return torch.cat([probabilities.sum(0), torch.tensor(numbers, dtype=torch.float64)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", help="model.tar.gz of a tagger or a model of spans")
    parser.add_argument("text", type=Path, help="one sentence a line, words separated by spaces")
    parser.add_argument("--sentences", type=int, default=3000)
    parser.add_argument("--store", help="where its potentials are, or go")
    arguments = parser.parse_args()

    lines: List[str] = arguments.text.read_text(encoding="utf8").split("\n")
    sentences = [tuple(line.split(" ")) for line in lines if line][: arguments.sentences]
    teacher = Teacher(ArchivedModel(arguments.archive), store=arguments.store)
    teacher.open(torch.device("cpu"))
    teacher.study(lambda: sentences)
    starts = range(0, len(sentences), 100)
    total = sum((measured(teacher(sentences[start : start + 100])) for start in starts), start=torch.zeros(K + 4))
    ranks = " ".join(f"{p:.4f}" for p in (total[:K] / len(sentences)).tolist())
    found, expected, alike, weighted = total[K:].tolist()
    print(f"{arguments.archive}: mean P of the {K} best {ranks}; entities found {found:.0f}, expected {expected:.0f};")
    print(
        f"  probability of those found in the {K} best, all alike {alike / found:.2f}, weighted {weighted / found:.2f}"
    )


if __name__ == "__main__":
    main()
