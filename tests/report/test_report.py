"""The numbers of a report are those of the models' own metrics, and everything is said of every system."""

import json
from pathlib import Path
from typing import Any, Dict, List

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.archives import load
from skd_plugin.report import Options, as_html, find_systems, make_report
from tests.report.conftest import HOSTILE
from tests.report.runs import ENTITIES, POS, TREES, make_run

Report = Dict[str, Any]


def metrics(run: Path, file: str) -> Dict[str, float]:
    """What the model itself measures."""
    model, reader = load(run / "model.tar.gz")
    instances = list(reader.read(file))
    for instance in instances:
        reader.apply_token_indexers(instance)
    model.forward_on_instances(instances)
    return model.get_metrics(reset=True)


def of(report: Report, name: str) -> Dict[str, Any]:
    return next(system for system in report["systems"] if system["name"] == name)


def test_scores_of_entities_are_the_models(of_entities: Report, runs: Path):
    system = of(of_entities, HOSTILE)
    each = [metrics(runs / f"distilled_{seed}", ENTITIES) for seed in (1, 2, 3)]
    assert any(one["f1-measure-overall"] > 0 for one in each)
    for name, metric in (("F1", "f1-measure"), ("precision", "precision"), ("recall", "recall")):
        assert system["scores"][name]["runs"] == pytest.approx([one[f"{metric}-overall"] for one in each])
    [kinds] = [one for one in of_entities["breakdowns"] if one["title"] == "Type"]
    for row in kinds["rows"]:
        expected = [one.get(f"f1-measure-{row['group']}") for one in each]
        assert row["scores"][HOSTILE]["runs"] == pytest.approx(expected)


def test_scores_of_trees_are_the_models(of_trees: Report, runs: Path):
    expected = metrics(runs / "parser", TREES)
    scores = {name: score["value"] for name, score in of(of_trees, "parser")["scores"].items()}
    assert scores == pytest.approx(
        {
            "LAS": expected["LAS"],
            "UAS": expected["UAS"],
            "LAS without punctuation": expected["LAS_no_punctuation"],
        }
    )


def test_accuracy_of_tags_is_the_models(tmp_path: Path):
    run = make_run(tmp_path / "pos", POS, TREES)
    report = make_report(find_systems([str(run)]), TREES, Options(draws=200, speed=False))
    [system] = report["systems"]
    assert system["scores"]["accuracy"]["value"] == pytest.approx(metrics(run, TREES)["accuracy"])
    assert list(system["calibration"]) == ["tags"] and report["measure"] == "accuracy"
    assert {row["what"] for row in report["mistakes"]["rows"]} and report["mistakes"]["examples"]


def test_everything_is_said_of_a_student(of_entities: Report):
    system = of(of_entities, HOSTILE)
    assert [one["name"] for one in system["runs"]] == ["distilled_1", "distilled_2", "distilled_3"]
    assert system["difference"]["p"] <= 1 and system["teacher"]["kl"]["value"] > 0
    assert 0 <= system["teacher"]["agreement"]["value"] <= 1
    assert set(system["calibration"]) == {"tags", "entities"}
    assert system["cost"] == {
        "parameters": pytest.approx(system["cost"]["parameters"]),
        "megabytes": pytest.approx(system["cost"]["megabytes"]),
        "seconds": 62.5,
        "epochs": 2,
        "steps": 2 * 3,
    }
    assert system["curves"] == {"training_loss": [[2.0, 1.0]] * 3}
    assert system["speed"]["fastest"] >= system["speed"]["slowest"] > 0
    assert of(of_entities, "teacher")["role"] == "teacher" and of(of_entities, "alone")["role"] == "baseline"


def test_a_teacher_agrees_with_itself(of_trees: Report):
    """One system may be the baseline and the teacher."""
    [student, other] = of_trees["systems"]
    assert other["teacher"] is None and student["teacher"]["agreement"]["value"] < 1
    assert student["gap_closed"] is None


def test_mistakes_and_their_examples(of_entities: Report):
    mistakes = of_entities["mistakes"]
    numbers = [row["numbers"][HOSTILE] for row in mistakes["rows"]]
    assert numbers == sorted(numbers, reverse=True) and sum(numbers) <= mistakes["totals"][HOSTILE]
    assert mistakes["examples"]
    assert all("✗" in example["gold"] + example["found"] for example in mistakes["examples"])


def test_it_is_json(of_entities: Report, of_trees: Report):
    for report in (of_entities, of_trees):
        assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_another_file_says_which_words_are_seen(runs: Path, tmp_path: Path):
    (tmp_path / "train.conll").write_text("zzz O\n")
    systems = find_systems([str(runs / "alone_1")])
    report = make_report(systems, ENTITIES, Options(200, 0, False, str(tmp_path / "train.conll")))
    [seen] = [one for one in report["breakdowns"] if one["title"] == "In the labelled training data"]
    assert [row["group"] for row in seen["rows"]] == ["a word unseen"]


@pytest.mark.parametrize(
    ("names", "file", "message"),
    [
        (["alone_1", "parser"], ENTITIES, "alone_1 is a model of entities, parser one of trees. Compare models of one"),
        (["alone_1"], TREES, "trees.conllu cannot be read as the data of alone_1, which has .*found"),
        (["parser"], ENTITIES, "ner.conll cannot be read as the data of parser, which has CoNLL-U.*found"),
        (["alone_1"], "nothing.conll", "There is no file nothing.conll. Give --data a labelled file"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_is_read(names, file, message, runs, monkeypatch):
    monkeypatch.setattr("skd_plugin.report.report.predict", None)
    with pytest.raises(ConfigurationError, match=f"(?s){message}"):
        make_report(find_systems([str(runs / name) for name in names]), file)


def test_a_file_without_entities_is_refused(runs: Path, tmp_path: Path):
    (tmp_path / "none.conll").write_text("Nobody O\ncame O\n")
    with pytest.raises(ConfigurationError, match="none.conll has 1 sentences and no entities in them, so there is"):
        make_report(find_systems([str(runs / "alone_1")]), str(tmp_path / "none.conll"))


def test_readers_that_read_different_labels_are_refused(runs: Path, tmp_path: Path):
    reader = {"type": "skd_conllu", "tags": "xpos"}
    others = make_run(tmp_path / "xpos", {**POS, "dataset_reader": reader}, TREES)
    run = make_run(tmp_path / "upos", POS, TREES)
    with pytest.raises(ConfigurationError, match="trees.conllu:.*: upos and xpos read different labels in this sent"):
        make_report(find_systems([str(run), str(others)]), TREES)


@pytest.mark.parametrize(
    ("names", "teacher", "file"),
    [
        (["tagging_parser", "biaffine_parser"], "second_order_parser", TREES),
        (["crf_tagger"], "span_ner", ENTITIES),
    ],
)
def test_every_kind_of_model_without_a_mistake(names: List[str], teacher: str, file: str):
    """The archives of version 0.1.0, which have learned the file by heart."""
    folder = "tests/compatibility/0.1.0/archives"
    systems = find_systems([f"{folder}/{name}.tar.gz" for name in names], (), [f"{folder}/{teacher}.tar.gz"])
    report = make_report(systems, file, Options(draws=200, speed=False))
    for name in names:
        system = of(report, f"{name}.tar.gz")
        assert system["scores"][report["measure"]]["value"] == 1.0
        assert system["teacher"]["agreement"]["value"] == 1.0 and 0 <= system["teacher"]["kl"]["value"] < 10
        assert list(system["calibration"])[-1] == ("arcs" if file == TREES else "entities")
    assert report["mistakes"]["rows"] == [] and "makes none" in as_html(report, {})


def test_a_file_without_labels_is_refused(runs: Path, tmp_path: Path):
    (tmp_path / "text.conllu").write_text("\n".join(f"{n}\tw\t_\t_\t_\t_\t_\t_\t_\t_" for n in (1, 2)) + "\n\n")
    with pytest.raises(ConfigurationError, match="text.conllu cannot be read as the data of parser, which has CoNLL-U"):
        make_report(find_systems([str(runs / "parser")]), str(tmp_path / "text.conllu"))


def test_a_training_file_that_is_not_there(runs: Path):
    with pytest.raises(ConfigurationError, match="There is no file nowhere. Give --train a labelled file"):
        make_report(find_systems([str(runs / "alone_1")]), ENTITIES, Options(train="nowhere"))
