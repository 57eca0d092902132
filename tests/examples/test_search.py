"""The search finds the best overrides, goes on after interruptions, and looks at no data but the development split."""

import json
import re
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List

import optuna
import pytest
from allennlp.common.checks import ConfigurationError
from allennlp.common.params import with_overrides

from examples import search
from tests.commands import allennlp
from tests.documents import commands, text
from tests.untrained import make_archive

CONFIG: Dict[str, Any] = {
    "dataset_reader": {"type": "skd_conll_ner", "on_unknown_label": "accept"},
    "train_data_path": {"labelled": "fixtures/ner.conll", "unlabelled": "fixtures/unlabelled.txt"},
    "validation_data_path": "no/such/file.conll",
    "test_data_path": "no/such/test.conll",
    "evaluate_on_test": True,
    "datasets_for_vocab_creation": ["train", "test"],
    "model": {
        "type": "skd_maxent_tagger",
        "text_field_embedder": {"token_embedders": {"tokens": {"type": "embedding", "embedding_dim": 4}}},
    },
    "data_loader": {"batch_size": 8},
    "trainer": {
        "num_epochs": 2,
        "optimizer": "adam",
        "validation_metric": "+f1-measure-overall",
        "callbacks": [
            "track_epoch_callback",
            {"type": "skd_distiller", "teachers": [{"archive": "x"}, {"store": "s"}]},
        ],
    },
}
Train = Callable[..., int]


@pytest.fixture(autouse=True)
def _quietly() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "student.json"
    path.write_text(json.dumps(CONFIG))
    return path


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> List[Dict[str, Any]]:
    """The configs that were trained, in place of a training. A temperature of 2 is the best."""
    configs: List[Dict[str, Any]] = []

    def train(arguments: List[str], output: Any, check: Any) -> int:
        options = dict(zip(arguments, arguments[1:]))
        content = with_overrides(CONFIG, json.loads(options["-o"]))
        configs.append(content)
        score = 1 / (1 + abs(distiller(content).get("temperature", 1.0) - 2)) + content.get("random_seed", 0) / 1e6
        Path(options["-s"]).mkdir()
        (Path(options["-s"]) / "metrics.json").write_text(json.dumps({"best_validation_f1-measure-overall": score}))
        return 0

    monkeypatch.setattr(search, "run_allennlp", train)
    return configs


def distiller(content: Dict[str, Any]) -> Dict[str, Any]:
    return content["trainer"]["callbacks"][1]


def interrupted_once(monkeypatch: pytest.MonkeyPatch, at: int) -> List[Dict[str, Any]]:
    """As by Ctrl-C, while training number `at` runs. Returns the overrides of each."""
    train, given = search.run_allennlp, []

    def interrupt(arguments: List[str], *others: Any) -> int:
        given.append({"overrides": arguments[5], "resumed": "-r" in arguments})
        if len(given) == at:
            Path(arguments[3]).mkdir()
            raise KeyboardInterrupt
        if "-r" in arguments:
            Path(arguments[3]).rmdir()
        return train(arguments, *others)

    monkeypatch.setattr(search, "run_allennlp", interrupt)
    return given


def test_it_finds_the_best_and_says_how_sure_it_is(
    config: Path, trained: List[Dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture
):
    folder = tmp_path / "search"
    search.main([str(config), "--folder", str(folder), "--trials", "5", "--seeds", "2"])
    assert len(trained) == 1 + 5 + 4
    assert distiller(trained[0]).keys() == {"type", "teachers"}, "first the config as it is"
    best = json.loads((folder / "best.json").read_text())
    tried = [distiller(one)["temperature"] for one in trained[1:6]]
    assert best["trainer.callbacks.1.temperature"] == min(tried, key=lambda temperature: abs(temperature - 2))
    assert [one.get("pytorch_seed") for one in trained[6:]] == [1000, 1001, 1000, 1001]
    printed = capsys.readouterr().out
    assert "the config as it is" in printed and "95 % interval" in printed and f"{folder}/best.json" in printed


def test_what_the_trials_read(config: Path, trained: List[Dict[str, Any]], tmp_path: Path):
    """A part of the training data is the development split, and all have one store."""
    search.Search(config, tmp_path, part=4).score({})
    [content] = trained
    training, held_out = content["train_data_path"]["labelled"], content["validation_data_path"]
    sentences = [Path(file).read_text().strip().split("\n\n") for [file] in (training, held_out)]
    assert len(sentences[0]) == 9 and len(sentences[1]) == 3
    whole = Path("fixtures/ner.conll").read_text().split("\n\n")
    assert sorted(map(str.split, sentences[0] + sentences[1])) == sorted(map(str.split, filter(str.strip, whole)))
    assert content["train_data_path"]["unlabelled"] == "fixtures/unlabelled.txt"
    written = json.loads((tmp_path / "config.json").read_text())
    assert "test_data_path" not in written and written["datasets_for_vocab_creation"] == ["train"]
    assert distiller(content)["teachers"] == [
        {"archive": "x", "store": str(tmp_path / "stores" / "0")},
        {"store": "s"},
    ]
    search.Search(config, tmp_path, dev="fixtures/ner_dev.conll").score({})
    assert trained[1]["validation_data_path"] == "fixtures/ner_dev.conll"
    assert trained[1]["train_data_path"] == CONFIG["train_data_path"]


def test_an_interrupted_search_goes_on(
    config: Path, trained: List[Dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The training that was killed is resumed, and no other is repeated."""
    arguments = [str(config), "--folder", str(tmp_path / "search"), "--trials", "3", "--seeds", "1"]
    given = interrupted_once(monkeypatch, at=3)
    with pytest.raises(SystemExit, match="The same command goes on"):
        search.main(arguments)
    search.main(arguments)
    assert given[3] == {**given[2], "resumed": True} and not any(one["resumed"] for one in given if one != given[3])
    assert len(given) == 1 + 3 + 2 + 1
    search.main(arguments)
    assert len(given) == 7, "all is there"


def test_a_failed_trial_is_left_out(config: Path, trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    train, number = search.run_allennlp, iter(range(99))
    monkeypatch.setattr(search, "run_allennlp", lambda *given: 1 if next(number) == 2 else train(*given))
    search.main([str(config), "--folder", str(tmp_path / "search"), "--trials", "3", "--seeds", "1"])
    assert len(trained) == 1 + 2 + 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "student.json cannot be read as a config: .*not found. Give one that `allennlp train` takes"),
        ("{broken", "student.json cannot be read as a config: STATIC ERROR"),
        ('{"model": 3}', "student.json has no callback skd_distiller. Give the config of a distilled student"),
    ],
)
def test_what_is_no_config_of_a_student_is_refused(content: Any, message: str, tmp_path: Path, capsys: Any):
    path = tmp_path / "student.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SystemExit):
        search.main([str(path), "--folder", str(tmp_path / "search")])
    assert re.search(message, " ".join(capsys.readouterr().err.split()))


def test_a_config_that_fails_ends_the_search(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(search, "run_allennlp", lambda *given: 1)
    with pytest.raises(SystemExit, match="has ended with an error, which is at the end of .*log"):
        search.main([str(config), "--folder", str(tmp_path / "search"), "--trials", "1", "--seeds", "1"])


def test_other_data_need_another_folder(config: Path, trained: Any, tmp_path: Path):
    search.Search(config, tmp_path, dev="a.conll").run(1, 1)
    for others in ({"dev": "b.conll"}, {"dev": "a.conll", "overrides": '{"trainer.num_epochs": 3}'}):
        with pytest.raises(ConfigurationError, match="with another config, data or overrides.*another --folder"):
            search.Search(config, tmp_path, **others).run(1, 1)


def test_a_hopeless_trial_is_ended(config: Path, trained: Any, tmp_path: Path):
    """The fifth is worse than the others at its half."""
    found = search.Search(config, tmp_path, prune=True)
    study = found._study()
    for value in (0.5, 0.6, 0.7, 0.8, 0.9, 0.1):
        trial, run = study.ask(), tmp_path / str(value)
        run.mkdir()
        (run / "config.json").write_text(json.dumps({"trainer": {"num_epochs": 4}}))
        (run / "metrics_epoch_1.json").write_text(json.dumps({"epoch": 1, "validation_f1-measure-overall": value}))
        if value > 0.1:
            found._check_hope(run, trial)
            study.tell(trial, value)
    assert study.trials[0].intermediate_values == {50: 0.5}
    with pytest.raises(optuna.TrialPruned):
        found._check_hope(run, trial)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trainer.callbacks": []}, "has no callback skd_distiller. Give the config of a distilled student"),
        ({"trainer.validation_metric": ["+a", "-b"]}, "expected one metric with its sign, such as"),
    ],
)
def test_a_config_that_cannot_be_searched(config: Path, tmp_path: Path, changes: Dict[str, Any], message: str):
    with pytest.raises(ConfigurationError, match=message):
        search.Search(config, tmp_path, json.dumps(changes))


def test_a_program_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "echo")
    with (tmp_path / "log").open("w") as log:
        assert search.run_allennlp(["train", "x"], log, None) == 0
    assert (tmp_path / "log").read_text() == "-m allennlp train x\n"

    def prune() -> None:
        raise optuna.TrialPruned

    (tmp_path / "sleep").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "sleep").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "sleep"))
    with pytest.raises(optuna.TrialPruned):
        search.run_allennlp([], None, prune)


def test_the_commands_in_the_documents():
    given = [command for command in commands(text("docs/searching.md")) if command.startswith("python")]
    for command in [*given, search.__doc__.split("\n    ")[1].split("\n")[0]]:
        program, *arguments = command.split()[1:]
        assert program == "search.py" and search.make_parser().parse_args(arguments).folder == Path("runs/search")
    assert given and set(re.findall(r"`?(--\w+)", text("docs/searching.md"))) > {"--part", "--dev", "--prune"}


@pytest.mark.slow
def test_with_real_trainings(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder, stored = tmp_path / "search", []

    def train(arguments: List[str], *others: Any) -> int:
        allennlp(*arguments)
        stored.append(sorted(folder.glob("stores/0/*.safetensors")))
        return 0

    monkeypatch.setattr(search, "run_allennlp", train)
    teacher = make_archive(tmp_path / "teacher", {}, type="skd_crf_tagger")
    overrides = {"trainer.callbacks": [{"type": "skd_distiller", "teachers": [{"archive": str(teacher)}]}]}
    options = ["--trials", "2", "--seeds", "1", "--part", "4", "-o", json.dumps(overrides)]
    search.main([str(config), "--folder", str(folder), *options])
    runs = [path for path in (folder / "trials").iterdir() if (path / "model.tar.gz").is_file()]
    assert len(runs) == len(stored) == 5
    assert stored[0] and stored[1:] == stored[:-1], "the teacher reads once"
    assert json.loads((folder / "best.json").read_text())["trainer.num_epochs"] in (1, 2, 4)
