"""AllenNLP's commands with the plugin, on the stack that `requirements/` pins."""

import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError
from allennlp.predictors import Predictor

from tests.tiny_transformer import save_tiny_transformer
from tests.trained import Trained

pytestmark = pytest.mark.slow

CONFIG = {
    "dataset_reader": {"type": "skd_conll_ner"},
    "datasets_for_vocab_creation": ["train"],
    "train_data_path": "fixtures/ner.conll",
    "validation_data_path": "fixtures/ner.conll",
    "model": {
        "type": "skd_crf_tagger",
        "text_field_embedder": {"token_embedders": {"tokens": {"type": "embedding", "embedding_dim": 4}}},
        "encoder": {"type": "lstm", "input_size": 4, "hidden_size": 4},
    },
    "data_loader": {"batch_size": 2},
    "trainer": {"optimizer": "adam", "num_epochs": 2, "cuda_device": -1, "callbacks": ["tensorboard"]},
}

Run = Callable[..., str]


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """`allennlp train` replaces the root logger's handlers."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level


@pytest.fixture
def allennlp(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Run:
    """`allennlp("train", …)`: the command in this process; returns what it printed."""

    def run(*arguments: Any) -> str:
        monkeypatch.setattr(sys, "argv", ["allennlp", *map(str, arguments)])
        main()
        return capsys.readouterr().out

    return run


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    return path


def overridden(**dotted: Any) -> str:
    return json.dumps({key.replace("__", "."): value for key, value in dotted.items()})


def test_train_evaluate_and_print_results(allennlp: Run, config: Path, tmp_path: Path):
    allennlp("train", config, "-s", tmp_path / "run", "-o", overridden(trainer__num_epochs=1))
    metrics = tmp_path / "evaluated.json"
    allennlp("evaluate", tmp_path / "run" / "model.tar.gz", "fixtures/ner.conll", "--output-file", metrics)
    trained = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert json.loads(metrics.read_text())["loss"] == pytest.approx(trained["validation_loss"], rel=1e-5)
    printed = allennlp("print-results", tmp_path, "-k", "validation_loss")
    assert str(trained["validation_loss"]) in printed


def test_commands_on_a_streamed_corpus(allennlp: Run, config: Path, tmp_path: Path):
    streamed = overridden(data_loader={"type": "skd_streaming", "batch_size": 4}, trainer__num_epochs=1)
    allennlp("train", config, "-s", tmp_path / "run", "-o", streamed)
    metrics = tmp_path / "evaluated.json"
    archive = tmp_path / "run" / "model.tar.gz"
    allennlp("evaluate", archive, "fixtures/ner.conll", "--batch-size", "4", "--output-file", metrics)
    trained = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert json.loads(metrics.read_text())["loss"] == pytest.approx(trained["validation_loss"], rel=1e-5)
    allennlp("find-lr", config, "-s", tmp_path / "lr", "--num-batches", "12", "-o", streamed)
    assert (tmp_path / "lr" / "lr-losses.png").stat().st_size > 1000


@pytest.mark.parametrize("model", ["crf_tagger", "span_ner"])
def test_entities_of_another_corpus_are_evaluated(allennlp: Run, tmp_path: Path, model: str):
    archive, foreign = f"tests/compatibility/0.1.0/archives/{model}.tar.gz", tmp_path / "foreign.conll"
    foreign.write_text("Anna B-PER\nBerg I-PER\nmoved O\n\nNobel B-PRIZE\nPrize I-PRIZE\n")
    with pytest.raises(
        ConfigurationError, match=r"foreign\.conll:5: found the tag 'B-PRIZE', expected one .*: B-LOC, "
    ):
        allennlp("evaluate", archive, foreign)
    metrics = tmp_path / "metrics.json"
    accepting = overridden(dataset_reader__on_unknown_label="accept")
    allennlp("evaluate", archive, foreign, "-o", accepting, "--output-file", metrics)
    found = json.loads(metrics.read_text())
    assert found["recall-PER"] == 1.0 and found["recall-overall"] == 0.5
    assert found["loss"] < 1


def test_a_parser_predicts_conllu_and_keeps_what_the_input_says(allennlp: Run, tmp_path: Path):
    allennlp("train", "tests/models/configs/tagging_parser.jsonnet", "-s", tmp_path / "run")
    archive, parsed = tmp_path / "run" / "model.tar.gz", tmp_path / "parsed.conllu"
    allennlp("predict", archive, "fixtures/trees.conllu", "--use-dataset-reader", "--output-file", parsed)
    given, found = (Path(path).read_text(encoding="utf-8").split("\n") for path in ("fixtures/trees.conllu", parsed))
    assert len(given) == len(found)
    for before, after in zip(given, found):
        if before[:1].isdigit() and before.split("\t")[0].isdigit():
            kept = [0, 1, 2, 3, 4, 5, 9]
            assert [before.split("\t")[c] for c in kept] == [after.split("\t")[c] for c in kept]
        else:
            assert before == after
    allennlp("evaluate", archive, parsed)


def test_build_vocab_and_find_lr(allennlp: Run, config: Path, tmp_path: Path):
    allennlp("build-vocab", config, tmp_path / "vocab.tar.gz")
    assert (tmp_path / "vocab.tar.gz").is_file()
    allennlp("find-lr", config, "-s", tmp_path / "lr", "--num-batches", "12")
    assert (tmp_path / "lr" / "lr-losses.png").stat().st_size > 1000


def test_test_install_lists_the_plugin(allennlp: Run, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO):
        allennlp("test-install")
    assert "Plugin skd_plugin.plugin available" in caplog.text


@pytest.mark.parametrize(
    "scheduler",
    [{"type": "cosine", "t_initial": 4}, {"type": "reduce_on_plateau", "patience": 0}],
    ids=lambda scheduler: scheduler["type"],
)
def test_recovered_run_ends_where_the_uninterrupted_run_did(allennlp: Run, config, tmp_path: Path, scheduler):
    arguments = [
        "train",
        config,
        "-s",
        tmp_path / "run",
        "-o",
        overridden(trainer__learning_rate_scheduler=scheduler),
    ]
    allennlp(*arguments)
    expected = json.loads((tmp_path / "run" / "metrics.json").read_text())["training_loss"]
    _forget_after_first_epoch(tmp_path / "run")
    allennlp(*arguments, "-r")
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["training_loss"] == expected


def _forget_after_first_epoch(run: Path) -> None:
    late = [path for path in run.glob("*_state_e*") if path.name.split("_e")[1].startswith("2")]
    assert late, "no checkpoint of the second epoch"
    for path in [*late, *run.glob("metrics*.json"), run / "model.tar.gz", run / "best.th"]:
        path.unlink()


def test_local_transformer_directory_is_an_embedder(allennlp: Run, config: Path, tmp_path: Path):
    directory = tmp_path / "transformer"
    directory.mkdir()
    name = save_tiny_transformer(directory)
    transformer = {"type": "pretrained_transformer_mismatched", "model_name": name}
    override = overridden(
        dataset_reader__token_indexers={"tokens": transformer},
        model__text_field_embedder={"token_embedders": {"tokens": transformer}},
        model__encoder={"type": "pass_through", "input_dim": 8},
        trainer__num_epochs=1,
    )
    allennlp("train", config, "-s", tmp_path / "run", "-o", override)
    predictor = Predictor.from_path(tmp_path / "run" / "model.tar.gz")
    assert len(predictor.predict_json({"words": ["Anna", "moved"]})["tags"]) == 2


def test_the_real_command_predicts(trained: Trained, tmp_path: Path):
    """`make smoke` trains with it."""
    command = shutil.which("allennlp", path=str(Path(sys.executable).parent))
    assert command, "the distribution is not installed: run `make install`"
    sentences, tags = tmp_path / "sentences.jsonl", tmp_path / "tags.jsonl"
    sentences.write_text(json.dumps({"words": ["Anna", "moved"]}) + "\n")
    finished = subprocess.run(
        [command, "predict", trained("crf"), sentences, "--output-file", tags], capture_output=True
    )
    assert finished.returncode == 0 and b"Warning" not in finished.stderr
    assert finished.stderr.count(b"\n") < 10, "the model's options are not for the screen"
    assert len(json.loads(tags.read_text())["tags"]) == 2
