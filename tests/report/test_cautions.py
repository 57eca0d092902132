"""Each caution is given where it holds, with what to do, and nowhere else."""

from pathlib import Path
from typing import Any, List

import pytest

from skd_plugin.report import System, Systems, find_systems
from skd_plugin.report.cautions import Caution, cautions_after, cautions_before
from skd_plugin.report.gold import read_gold
from skd_plugin.report.scores import Estimate
from skd_plugin.report.training_data import all_training_data
from tests.report.runs import ENTITIES, TAGGER, make_run

OTHER = "Anna B-PER\nis O\nin O\nOslo B-LOC\n. O\n\nThey O\nhave O\na O\nNobel B-PRIZE\nPrize I-PRIZE\n. O\n"


def before(systems: Systems, file: str) -> List[Caution]:
    models = {str(run.path): run.load() for run in systems.runs}
    gold, _ = read_gold(file, models, systems.runs)
    return cautions_before(systems, models, gold, all_training_data(systems.runs, models))


def findings(cautions: List[Caution]) -> str:
    assert all(one.finding.endswith(".") and one.remedy for one in cautions)
    return "\n".join(one.finding for one in cautions)


@pytest.fixture
def other(tmp_path: Path) -> str:
    """Data that the runs were not trained on, with a type of its own."""
    file = tmp_path / "other.conll"
    file.write_text(OTHER)
    return str(file)


def test_a_file_that_the_runs_have_learned(runs: Path):
    found = findings(before(find_systems([str(runs / "alone_1")]), ENTITIES))
    assert "10 of the 10 sentences of at least 5 words are in the labelled training data of alone_1" in found
    assert "alone_1 has one seed" in found and "has only 12 sentences and 20 entities" in found
    assert "chose the best epoch" not in found


def test_a_file_that_they_have_not(runs: Path, other: str):
    systems = find_systems([str(runs / f"alone_{seed}") for seed in (1, 2, 3)])
    found = findings(before(systems, other))
    assert "training data" not in found and "seed" not in found
    assert "alone cannot find what the file has: PRIZE, 1 of 3. They count as missed." in found


def test_two_seeds(runs: Path, other: str):
    found = findings(before(find_systems([str(runs / f"alone_{seed}") for seed in (1, 2)]), other))
    assert "alone has two seeds" in found


def test_a_file_by_which_the_epoch_was_chosen(tmp_path: Path, other: str):
    (tmp_path / "validation.conll").write_text(OTHER)
    run = make_run(tmp_path / "run", TAGGER, validation_data_path="validation.conll")
    assert f"run chose the best epoch by {other}" in findings(before(find_systems([str(run)]), other))
    (tmp_path / "validation.conll").write_text(f"{OTHER}\nx O\n")
    assert "chose" not in findings(before(find_systems([str(run)]), other))


def test_different_data_labels_and_vocabularies(runs: Path, tmp_path: Path, other: str):
    run = make_run(tmp_path / "run", TAGGER, other)
    found = findings(before(find_systems([str(run)], [str(runs / "alone_1")]), other))
    assert "run and alone_1 have different labels; only one of them has" in found and "PRIZE" in found
    assert f"trained on different labelled files ({ENTITIES} for the baseline)" in found
    assert "The vocabularies of run (" in found and " tokens) differ" in found


def test_the_same_data_and_vocabulary(runs: Path, other: str):
    found = findings(before(find_systems([str(runs / "distilled_1")], [str(runs / "alone_1")]), other))
    assert "different" not in found and "vocabularies" not in found


def estimate(value: float, p: Any = None) -> Estimate:
    return Estimate(value, value - 0.1, value + 0.1, p=p)


def of_names(*names: str) -> List[System]:
    return [System(name, ()) for name in names]


def test_a_teacher_that_is_worse_and_a_gain_that_is_open():
    student, sure, baseline, teacher = of_names("student", "sure", "baseline", "teacher")
    systems = Systems((student, sure, baseline, teacher), baseline, teacher)
    scores = {"student": estimate(0.6), "sure": estimate(0.5), "baseline": estimate(0.4), "teacher": estimate(0.55)}
    gains = {"student": estimate(0.2, 0.3), "sure": estimate(0.1, 0.01)}
    found = findings(cautions_after(systems, scores, gains, "sentences"))
    assert "The teacher teacher is worse than student." in found
    assert "Whether student is better or worse than the baseline baseline is not known" in found
    scores["teacher"], gains["student"] = estimate(0.7), estimate(0.2, 0.01)
    assert cautions_after(systems, scores, gains, "sentences") == []


def test_without_a_baseline():
    systems = Systems(tuple(of_names("a", "b")), None, None)
    [caution] = cautions_after(systems, {"a": estimate(0.5), "b": estimate(0.6)}, {}, "sentences")
    assert "There is no baseline" in caution.finding and "Give --baseline" in caution.remedy
