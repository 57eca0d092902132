"""Milliseconds of each objective's loss alone, forward and backward, CRF ⇒ CRF on random scores, interleaved."""

import argparse
import statistics
import time

import torch

import skd_plugin.plugin  # noqa: F401
from skd_plugin.distillation import DistillationObjective
from skd_plugin.structures import LinearChain, bioul

LABELS = bioul.tags(("PER", "LOC", "ORG"))


def chain(batch: int, n: int) -> LinearChain:
    size = len(LABELS)
    shapes = (batch, n, size), (size, size), (size,), (size,)
    potentials = [torch.randn(shape, requires_grad=True) for shape in shapes]
    return LinearChain(*potentials, torch.ones(batch, n, dtype=torch.bool), LABELS)


def step(objective: DistillationObjective, teacher: LinearChain, student: LinearChain) -> float:
    """Both sides begin anew: what they have inferred is not of use again."""
    teacher, student = (LinearChain(*side.as_chain, side.mask, LABELS) for side in (teacher, student))
    start = time.perf_counter()
    objective([(1.0, teacher)], student, 1.0, "error").loss.sum().backward()
    return 1e3 * (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--words", type=int, default=25)
    parser.add_argument("--rounds", type=int, default=60)
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(0)
    teacher, student = chain(arguments.batch, arguments.words), chain(arguments.batch, arguments.words)
    names = ("structural", "top_1", "local_substructure", "top_k", "weighted_top_k", "token_posterior")
    objectives = {name: DistillationObjective.by_name(name)() for name in names}
    for objective in objectives.values():
        step(objective, teacher, student)
    rounds = [{n: step(o, teacher, student) for n, o in objectives.items()} for _ in range(arguments.rounds)]
    for name in names:
        times = [times[name] for times in rounds]
        print(f"{name}: {statistics.median(times):.2f} ({min(times):.2f}–{max(times):.2f})")


if __name__ == "__main__":
    main()
