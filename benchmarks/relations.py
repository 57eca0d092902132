"""
Relations of a biaffine parser as their factors, beside the table of all arcs and relations: CPU time and memory.

python -m benchmarks.relations
"""

import argparse
import subprocess
import sys
from typing import Callable, NamedTuple

from benchmarks.pinning import pin

if __name__ == "__main__":
    pin()  # before any library starts its threads

import torch  # noqa: E402
from torch import Tensor  # noqa: E402

from benchmarks import resident, timing  # noqa: E402
from benchmarks.markdown import table  # noqa: E402
from benchmarks.tree_problems import Words, trained_trees  # noqa: E402
from skd_plugin.modules import Biaffine  # noqa: E402
from skd_plugin.structures import BiaffineRelations, HeadSelection, Tree, target  # noqa: E402

FORMS = FACTORS, TABLE = "factors", "table"
RELATIONS, ENCODED = 49, 200
_SMALL = Words(3)  # a first step that compiles and loads what is loaded lazily


class Dims(NamedTuple):
    """`relation_dim` of the student and of the teacher."""

    student: int
    teacher: int


class Steps:
    """
    What is measured, with everything from the encoded words on, but without arc scores.

    # Parameters

    form : of relations, `factors` or `table`
    size : the longest sentence
    dims : of both scorers
    batch, seed : of the problem
    """

    def __init__(self, form: str, size: Words, dims: Dims, batch: int = 32, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self._form, self._problem = form, trained_trees(size, seed, batch)
        self._words = torch.randn(batch, size.n, ENCODED)
        self._candidates = torch.cat([torch.randn(batch, 1, ENCODED), self._words], 1)
        self._labels = tuple(f"r{k}" for k in range(RELATIONS))
        self._gold = Tree(self._problem.gold, torch.randint(RELATIONS, (batch, size.n)))
        self._scorer, teacher = (Biaffine(ENCODED, dim, RELATIONS) for dim in dims)
        with torch.no_grad():
            self._stored = self._parser(teacher, self._problem.teacher).unstack()

    def training(self) -> Tensor:
        """Loss of gold trees, forward and backward."""
        student = self._student()
        return self._backward(student.cross_entropy(student.indicator(self._gold)))

    def teaching(self) -> Tensor:
        """The same with a teacher whose potentials are stored, and with the metric `kd_kl`."""
        student, teacher = self._student(), HeadSelection.stack(self._stored)
        hard, soft_target = student.cross_entropy(student.indicator(self._gold)), target(teacher, student)
        soft = student.cross_entropy(soft_target.expected)
        assert (soft.detach() - soft_target.entropy).min() > -1
        return self._backward(hard + soft)

    def decoding(self) -> Tensor:
        """The best trees and the probabilities of their arcs, as a product: shape (batch,)."""
        with torch.inference_mode():
            parser = self._student()
            return parser.arc_probabilities(parser.argmax).sum(1)

    def _student(self) -> HeadSelection:
        return self._parser(self._scorer, self._problem.student)

    def _parser(self, scorer: Biaffine, arcs: Tensor) -> HeadSelection:
        scores = scorer if self._form == TABLE else lambda *both: BiaffineRelations(*scorer.factors(*both))
        return HeadSelection(arcs, scores(self._words, self._candidates), self._problem.mask, self._labels)

    def _backward(self, loss: Tensor) -> Tensor:
        self._scorer.zero_grad()
        loss.mean().backward()
        return loss.detach()


TASKS = ("training", "teaching", "decoding")


def speed_row(task: str, size: Words, dims: Dims, rounds: int, seed: int = 0) -> list[str]:
    """Milliseconds with factors, and how many times as long a table takes."""
    steps: dict[str, Callable[[], Tensor]] = {f: getattr(Steps(f, size, dims, seed=seed), task) for f in FORMS}
    torch.testing.assert_close(steps[FACTORS](), steps[TABLE](), rtol=1e-3, atol=1e-3)
    seconds = timing.race(steps, rounds, seed)
    own = sorted(seconds[FACTORS])[rounds // 2]
    return [f"{1e3 * own:.1f}", str(timing.ratios(seconds[TABLE], seconds[FACTORS]))]


def growth(task: str, form: str, size: Words, dims: Dims) -> int:
    """Bytes by which the peak of this process's resident memory rises in one step; Linux only."""
    getattr(Steps(form, _SMALL, dims, batch=2), task)()
    return resident.growth(getattr(Steps(form, size, dims), task))


def stored_bytes(form: str, size: Words, dims: Dims) -> float:
    """Bytes of a teacher's potentials per sentence, without the weights that all sentences share."""
    sentences = Steps(form, size, dims)._stored
    potentials = [getattr(one, name) for one in sentences for name in one.sentence_potentials]
    return sum(value.nbytes for value in potentials if value is not None) / len(sentences)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[25, 50, 100])
    parser.add_argument("--dims", type=int, nargs=2, default=[64, 100], help="relation_dim of student and teacher")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--memory", nargs=3, metavar=("TASK", "FORM", "N"), help="only this, in this process")
    arguments = parser.parse_args()
    dims = Dims(*arguments.dims)
    if arguments.memory:
        task, form, n = arguments.memory
        print(growth(task, form, Words(int(n)), dims))
        return
    rows = []
    for task in TASKS:
        for n in arguments.sizes:
            memory = [_in_a_process(task, form, n, dims) for form in FORMS]
            rows.append([task, str(n), *speed_row(task, Words(n), dims, arguments.rounds), *memory])
    print(table(["step", "n", "factors, ms", "table / factors", "factors, MB", "table, MB"], rows), end="\n\n")
    stored = [[str(n), *(f"{stored_bytes(f, Words(n), dims) / 1e3:.1f}" for f in FORMS)] for n in arguments.sizes]
    print(table(["n", "factors, kB per stored sentence", "table"], stored))


def _in_a_process(task: str, form: str, n: int, dims: Dims) -> str:
    command = [sys.executable, "-m", "benchmarks.relations", "--memory", task, form, str(n), "--dims", *map(str, dims)]
    return f"{int(subprocess.run(command, check=True, capture_output=True, text=True).stdout) / 1e6:.0f}"


if __name__ == "__main__":
    main()
