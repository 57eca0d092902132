"""Runs are trained, resumed or kept, and the table says what they have reached."""

import json

import pytest

from experiments import runs, seeds
from experiments.runs import Run
from experiments.systems import System
from experiments.tasks import Task

ALONE = System("maxent", hidden=8, epochs=1, vectors="")
TASK = Task(
    "corpus",
    "entities",
    {"type": "skd_conllu", "tags": "NE"},
    "conllu",
    {"F1": "test_f1"},
    {"crf": ALONE._replace(form="crf")},
    {"alone": ALONE, "taught": ALONE.taught_by("crf_1")},
    {"headline": ["alone", "taught"]},
)


@pytest.fixture
def executed(tmp_path, monkeypatch):
    """The commands, none of which is started. Each succeeds, and its run has finished with its seed in percent."""

    def execute(run, command, log, counted=True):
        commands.append(command)
        if counted and run.name not in failing:
            finish(run, run.seed / 100)
        return run.name not in failing

    commands, failing = [], []
    monkeypatch.setattr(runs, "RUNS", tmp_path)
    monkeypatch.setattr(seeds, "_execute", execute)
    monkeypatch.setattr(Run, "missing", lambda run: [])
    monkeypatch.setattr(seeds, "TASKS", {"task": TASK})
    return commands, failing


def finish(run, f1):
    run.folder.mkdir(parents=True, exist_ok=True)
    (run.folder / "model.tar.gz").touch()
    (run.folder / "metrics.json").write_text(json.dumps({"test_f1": f1}))
    run.beside(".cpu").write_text("1.0\n0.5\n")


def call(*arguments):
    with pytest.raises(SystemExit) as exit:
        seeds.main(["task", *arguments])
    return exit.value.code


def test_what_is_finished_is_kept(executed, capsys):
    commands, _ = executed
    for _ in range(2):
        assert not call("headline", "--only", "alone", "--seeds", "1", "3")
        assert "| alone | 2.0 ± 1.4 |  | 1.5 ± 0.0 |" in capsys.readouterr().out
    assert [command[-1] for command in commands] == ["-f", "-f"]


def test_what_was_interrupted_is_resumed(executed):
    commands, _ = executed
    run = Run(TASK, "alone", 1)
    run.folder.mkdir(parents=True)
    (run.folder / "config.json").touch()
    run.beside(".json").write_text(json.dumps(run.settings))
    assert seeds.Trainer().train(run) is None
    assert [command[-1] for command in commands] == ["-r"]


def test_teachers_read_a_text_once_and_the_gap_is_to_them(executed, capsys):
    commands, _ = executed
    finish(Run(TASK, "teachers/crf", 1), 0.11)
    assert not call("headline", "--seeds", "1", "2")
    assert sum("experiments.teachers" in command for command in commands) == 1
    for seed, f1 in ((1, 0.06), (2, 0.07)):
        finish(Run(TASK, "taught", seed), f1)
    call("headline", "--seeds", "1", "2", "--no-training")
    assert "| taught | 6.5 ± 0.7 | 53 % |" in capsys.readouterr().out


def test_other_settings_are_not_mixed(executed, capsys, monkeypatch):
    call("headline", "--only", "alone", "--seeds", "1")
    other = TASK._replace(students={"alone": ALONE._replace(hidden=9)})
    monkeypatch.setattr(seeds, "TASKS", {"task": other})
    assert call("headline", "--only", "alone", "--seeds", "1")
    assert "was made with other settings: hidden. To make it anew, delete" in capsys.readouterr().err


def test_the_others_go_on_after_a_failure(executed, capsys):
    _, failing = executed
    failing.append("alone")
    finish(Run(TASK, "teachers/crf", 1), 0.11)
    assert call("headline", "--seeds", "1")
    printed = capsys.readouterr()
    assert "| alone (0 of 1 seeds) | – |" in printed.out
    assert "| taught | 1.0 | – |" in printed.out
    assert "alone_1 failed; see" in printed.err


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["other"], "task has no table 'other'; it has teachers, headline"),
        (["headline", "--only", "other"], "no system of the table, which has alone, taught"),
    ],
)
def test_unknown_names(executed, capsys, arguments, message):
    assert call(*arguments)
    assert message in capsys.readouterr().err
