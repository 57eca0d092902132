"""Runs and a report of them, which are made once."""

from pathlib import Path
from typing import Any, Dict

import pytest

from skd_plugin.report import Options, find_systems, make_report
from tests.report.runs import ENTITIES, PARSER, SPANS, TAGGER, TREES, make_run

HOSTILE = "<b>x&y"
"""A name of a system that would be markup."""


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs: `alone` and `distilled` with three seeds each, `teacher`, and two parsers."""
    folder = tmp_path_factory.mktemp("runs")
    for seed in (1, 2, 3):
        make_run(folder / f"alone_{seed}", TAGGER, seed=seed)
        make_run(folder / f"distilled_{seed}", TAGGER, seed=10 + seed, vocabulary={"min_count": {}})
    make_run(folder / "teacher", SPANS)
    make_run(folder / "parser", PARSER, TREES)
    make_run(folder / "other_parser", PARSER, TREES, seed=2, trainer={"num_epochs": 3})
    return folder


@pytest.fixture(scope="session")
def of_entities(runs: Path) -> Dict[str, Any]:
    students = [f"{HOSTILE}={','.join(str(runs / f'distilled_{seed}') for seed in (1, 2, 3))}"]
    alone = [str(runs / f"alone_{seed}") for seed in (1, 2, 3)]
    systems = find_systems(students, alone, [str(runs / "teacher")])
    return make_report(systems, ENTITIES, Options(draws=200))


@pytest.fixture(scope="session")
def of_trees(runs: Path) -> Dict[str, Any]:
    systems = find_systems([str(runs / "parser")], [str(runs / "other_parser")], [str(runs / "other_parser")])
    return make_report(systems, TREES, Options(draws=200, speed=False))
