"""The tasks of the demo, each with a teacher, a student alone, and the same student distilled."""

from pathlib import Path
from typing import NamedTuple, Tuple

HERE = Path(__file__).parent


class System(NamedTuple):
    """One of the models of a task, and its title and description in the demo."""

    name: str
    title: str
    description: str


class Task(NamedTuple):
    """A task, with its configurations in a folder beside this file. `metric` is the name of the validation metric."""

    name: str
    title: str
    metric: str
    metric_means: str
    systems: Tuple[System, ...]

    def config(self, system: System) -> Path:
        return HERE / self.name / f"{system.name}.jsonnet"

    def directory(self, runs: Path, system: System) -> Path:
        """The folder in which a system is trained, inside the folder of all runs."""
        return runs / self.name / system.name


DISTILLED = System(
    "distilled",
    "distilled student",
    "the same, taught by the teacher on text without labels, whose words it learns too",
)

ENTITIES = Task(
    name="entities",
    title="Entity tagging",
    metric="F1",
    metric_means="of whole entities with their types",
    systems=(
        System("teacher", "teacher", "a CRF on a BiLSTM of 64 units in each direction"),
        System("student", "student alone", "a softmax on a BiLSTM of 8 units in each direction"),
        DISTILLED,
    ),
)

PARSING = Task(
    name="parsing",
    title="Dependency parsing",
    metric="LAS",
    metric_means="the share of words with the right head and relation, subtypes of relations aside",
    systems=(
        System("teacher", "teacher", "a biaffine parser on a BiLSTM of two layers, 64 units in each direction"),
        System("student", "student alone", "a biaffine parser with small scores, on a BiLSTM of 16 units"),
        DISTILLED,
    ),
)

TASKS = (ENTITIES, PARSING)
