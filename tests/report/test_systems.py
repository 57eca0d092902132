"""Which runs are one system, and what is refused by its name."""

import shutil
from pathlib import Path
from typing import List

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.report import find_systems


def paths(runs: Path, *names: str) -> List[str]:
    return [str(runs / name) for name in names]


def test_runs_that_differ_in_seeds_are_one_system(runs: Path):
    found = find_systems(paths(runs, "alone_1", "distilled_1", "alone_2", "distilled_2", "alone_3"))
    assert [(one.name, len(one.runs)) for one in found.systems] == [("alone", 3), ("distilled", 2)]
    assert found.baseline is None and found.teacher is None and found.students == list(found.systems)


def test_a_folder_and_its_archive_are_one_run(runs: Path):
    archive = str(runs / "alone_1" / "model.tar.gz")
    [system] = find_systems([archive, *paths(runs, "alone_1")]).systems
    assert [(run.name, run.folder) for run in system.runs] == [("alone_1", runs / "alone_1")]


def test_systems_by_name(runs: Path):
    given = f"mine={','.join(paths(runs, 'alone_1', 'distilled_1'))}"
    found = find_systems([given, *paths(runs, "alone_2")], baseline=["mine"])
    assert [(one.name, len(one.runs)) for one in found.systems] == [("mine", 2), ("alone_2", 1)]
    assert found.baseline == found.systems[0] and found.students == [found.systems[1]]


def test_baseline_and_teacher_are_systems_too(runs: Path):
    found = find_systems(paths(runs, "distilled_1"), paths(runs, "alone_1", "alone_2"), paths(runs, "teacher"))
    assert [one.name for one in found.systems] == ["distilled_1", "alone", "teacher"]
    assert found.baseline == found.systems[1] and found.teacher == found.systems[2]


def test_one_run_names_its_system(runs: Path):
    found = find_systems(paths(runs, "alone_1", "alone_2", "distilled_1"), paths(runs, "alone_2"))
    assert found.baseline == found.systems[0] and len(found.systems) == 2


def test_equal_names_are_told_apart(runs: Path, tmp_path: Path):
    shutil.copytree(runs / "distilled_1", tmp_path / "alone_1")
    found = find_systems([*paths(runs, "alone_1"), str(tmp_path / "alone_1")])
    assert [one.name for one in found.systems] == ["alone_1", "alone_1 (2)"]


def test_two_systems_are_no_baseline(runs: Path):
    with pytest.raises(ConfigurationError, match=r"--baseline names 2 systems \(alone_1, distilled_1\), expected one"):
        find_systems(paths(runs, "teacher"), paths(runs, "alone_1", "distilled_1"))


def test_what_is_no_run(runs: Path, tmp_path: Path):
    with pytest.raises(ConfigurationError, match="There is no run at nowhere. Give the folder of a run"):
        find_systems(["nowhere"])
    with pytest.raises(ConfigurationError, match="'=a,' is not a system. Expected NAME=RUN,RUN"):
        find_systems(["=a,"])
    unfinished = tmp_path / "unfinished"
    shutil.copytree(runs / "alone_1", unfinished)
    (unfinished / "model.tar.gz").unlink()
    with pytest.raises(
        ConfigurationError, match=r"unfinished has not ended: it has no model.tar.gz. Go on with `.* -r`"
    ):
        find_systems([str(unfinished)])
    (tmp_path / "model.tar.gz").write_bytes(b"nothing")
    with pytest.raises(ConfigurationError, match="model.tar.gz cannot be read"):
        find_systems([str(tmp_path / "model.tar.gz")])
