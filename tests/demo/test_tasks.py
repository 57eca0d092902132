"""Each task's configurations are what the demo says of them: a teacher, a student, and the same student taught."""

import copy
from math import ceil
from typing import Any, Dict

import pytest

from demo.corpus import SIZES
from demo.run import CORPUS, DIRECTORY
from demo.tasks import TASKS, Task
from tests.distillation.runs import evaluated

pytestmark = pytest.mark.slow

TEXT = str(CORPUS / "unlabelled.txt")


def load(task: Task) -> Dict[str, Dict[str, Any]]:
    return {system.name: copy.deepcopy(evaluated(task.config(system))) for system in task.systems}


def updates(config: Dict[str, Any]) -> int:
    sentences = SIZES["labelled"] + (SIZES["unlabelled"] if "unlabelled" in config["train_data_path"] else 0)
    return config["trainer"]["num_epochs"] * ceil(sentences / config["data_loader"]["batch_sampler"]["batch_size"])


each_task = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)


@each_task
def test_a_folder_holds_its_systems_and_nothing_else(task):
    configs = {task.config(system) for system in task.systems}
    assert configs == set(next(iter(configs)).parent.iterdir())


@each_task
def test_the_distilled_student_is_the_student_with_a_teacher_and_text(task):
    student, distilled = load(task)["student"], load(task)["distilled"]
    [distiller] = distilled["trainer"].pop("callbacks")
    teacher = task.directory(DIRECTORY, task.systems[0])
    assert distiller["teachers"] == [{"archive": str(teacher / "model.tar.gz")}]
    assert distilled["train_data_path"].pop("unlabelled") == TEXT
    for config in (student, distilled):
        del config["trainer"]["num_epochs"], config["data_loader"]
    assert distilled == student


@each_task
def test_both_students_are_updated_about_as_often(task):
    student, distilled = (updates(load(task)[name]) for name in ("student", "distilled"))
    assert 0.9 * student <= distilled <= student
