"""The benchmark of training: what the systems share, and that each of them trains."""

import pytest

from benchmarks import training
from tests import PROJECT_ROOT


@pytest.fixture(params=sorted(training.TASKS))
def task(request: pytest.FixtureRequest) -> training.Task:
    return training.TASKS[request.param]


def test_all_systems_have_the_same_words_encoder_sizes_and_optimizer(task: training.Task) -> None:
    student = training.ours(task, "train.conllu", batch_size=8, steps=5)
    for other in (training.theirs(task, student), training.packed(student)):
        assert {name for name in student if student[name] != other[name]} <= {"model", "dataset_reader"}
        assert other["dataset_reader"]["token_indexers"] == student["dataset_reader"]["token_indexers"]
        ours, others = student["model"], other["model"]
        assert others["text_field_embedder"] == ours["text_field_embedder"]
        sizes = ("hidden_size", "num_layers", "dropout")
        assert [others["encoder"].get(size) for size in sizes] == [ours["encoder"].get(size) for size in sizes]


def test_report_has_a_row_for_each_system() -> None:
    configs = training.systems(
        training.TASKS["tagger"], str(PROJECT_ROOT / "fixtures" / "trees.conllu"), batch_size=4, steps=1, teacher=None
    )
    (table,) = training.report(configs, steps=1, rounds=1, seed=1)
    header, _, *rows = table.splitlines()
    assert [row.split("|")[1].strip() for row in rows] == list(configs)
    assert {"ours", "ours, lstm"} <= set(configs)
    assert f"times {next(iter(configs))}" in header
