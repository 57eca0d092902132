"""Prediction from JSON lines and through `allennlp predict`, without a network."""

import json
import sys

import pytest
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError
from allennlp.predictors import Predictor

import skd_plugin.data  # noqa: F401
import skd_plugin.models  # noqa: F401
import skd_plugin.predictors  # noqa: F401

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def archive(trained):
    return trained("crf")


@pytest.fixture(scope="module")
def predictor(archive):
    return Predictor.from_path(archive, import_plugins=False)


def test_words_and_a_sentence_give_the_same(predictor):
    output = predictor.predict("Ada lives in  Paris.")
    assert output.keys() == {"words", "tags", "entities"}
    assert output["words"] == ["Ada", "lives", "in", "Paris", "."]
    assert len(output["tags"]) == 5
    assert predictor.predict_words(output["words"]) == output


def test_a_batch_gives_what_single_predictions_give(predictor):
    lines = [{"words": ["Ada"]}, {"sentence": "Bo met Ada in Paris."}, {"words": ["x"] * 9, "id": 3}]
    assert predictor.predict_batch_json(lines) == [predictor.predict_json(line) for line in lines]


@pytest.mark.parametrize(
    "line, reason",
    [
        ({"text": "Ada"}, "neither words nor a sentence"),
        ({"sentence": ["Ada"]}, "neither words nor a sentence"),
        (["Ada"], "neither words nor a sentence"),
        ({"words": None}, "not a list of non-empty strings"),
        (None, "neither words nor a sentence"),
        ({"words": "Ada"}, "not a list of non-empty strings"),
        ({"words": ["Ada", ""]}, "not a list of non-empty strings"),
        ({"words": ["Ada", 3]}, "not a list of non-empty strings"),
    ],
)
def test_unusable_json_is_refused(predictor, line, reason):
    with pytest.raises(ConfigurationError, match=f'Cannot tag .*{reason}. Give {{"words"'):
        predictor.predict_json(line)


def test_an_unknown_language_is_refused(archive):
    predictor = Predictor.from_path(archive, import_plugins=False, language="klingon")
    with pytest.raises(ConfigurationError, match="no tokenizer for the language 'klingon'"):
        predictor.predict("nuqneH")


def predict(monkeypatch, archive, source, target, *options):
    """`allennlp predict` in this process."""
    files = [str(archive), str(source), "--output-file", str(target), "--silent", "--batch-size", "2"]
    monkeypatch.setattr(sys, "argv", ["allennlp", "predict", *files, *options])
    main()
    return [json.loads(line) for line in target.read_text().splitlines()]


def test_the_command_predicts_json_lines(monkeypatch, archive, tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text('{"words": ["Ada"]}\n\n{"sentence": "Bo met Ada."}\n{"words": ["É", "x"]}\n')
    output = predict(monkeypatch, archive, source, tmp_path / "out.jsonl")
    assert [line["words"] for line in output] == [["Ada"], ["Bo", "met", "Ada", "."], ["É", "x"]]
    assert all(line.keys() == {"words", "tags", "entities"} for line in output)


EMPTY = {"words": [], "tags": [], "entities": []}


def test_a_sentence_without_words_has_an_empty_output(predictor):
    lines = [{"sentence": ""}, {"words": ["Ada"]}, {"words": []}, {"sentence": " \t "}]
    assert predictor.predict_batch_json(lines) == [EMPTY, predictor.predict_words(["Ada"]), EMPTY, EMPTY]
    assert predictor.predict("") == predictor.predict_words([]) == EMPTY
    assert predictor.predict_batch_json([{"words": []}]) == [EMPTY]


def test_an_empty_line_of_json_does_not_end_the_command(monkeypatch, archive, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"words": ["Ada"]}\n{"sentence": ""}\n{"words": ["Bo"]}\n')
    output = predict(monkeypatch, archive, tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert [line["words"] for line in output] == [["Ada"], [], ["Bo"]] and output[1] == EMPTY


@pytest.mark.parametrize(
    "line, reason",
    [
        ('{"word": ["Bo"]}', "Cannot tag .*neither words nor a sentence"),
        ('{"words": ["Bo", ""]}', "Cannot tag .*not a list of non-empty strings"),
        ('{"words": ["Bo"', r"Cannot tag .*it is not JSON \(Expecting ',' delimiter at character 16\)"),
    ],
)
def test_the_number_of_an_unusable_line(monkeypatch, archive, tmp_path, line, reason):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(f'{{"words": ["Ada"]}}\n\n{{"words": []}}\n{line}\n{{"words": ["Bo"]}}\n')
    with pytest.raises(ConfigurationError, match=rf"^Line 3 \(empty lines do not count\): {reason}"):
        predict(monkeypatch, archive, source, target)


def test_a_byte_order_mark_is_no_part_of_the_json(predictor):
    assert predictor.load_line('\ufeff{"words": ["Ada"]}\n') == {"words": ["Ada"]}


def test_the_command_predicts_what_the_reader_reads(monkeypatch, archive, tmp_path):
    output = predict(monkeypatch, archive, "fixtures/ner.conll", tmp_path / "out.jsonl", "--use-dataset-reader")
    assert all(line.keys() == {"words", "tags", "entities"} for line in output)
    assert all(len(line["words"]) == len(line["tags"]) for line in output)


@pytest.mark.parametrize(
    "name, content",
    [
        ("raw.txt", "Ada left\n"),
        ("raw.conll", "Ada\nleft\n"),
        ("other.conll", "Ada B-OTHER\nleft I-OTHER\n"),
        ("broken.conll", "Ada strange\nleft tags\n"),
    ],
)
def test_a_file_needs_no_gold(monkeypatch, archive, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    output = predict(monkeypatch, archive, tmp_path / name, tmp_path / "out.jsonl", "--use-dataset-reader")
    assert [line["words"] for line in output] == [["Ada", "left"]]


@pytest.mark.parametrize("model, tags", [("upos", "upos"), ("span", "NE")])
def test_raw_conllu_needs_no_tags(monkeypatch, trained, tmp_path, model, tags):
    (tmp_path / "raw.conllu").write_text("1\tAda\t_\t_\t_\t_\t_\t_\t_\t_\n")
    reader = json.dumps({"dataset_reader": {"type": "skd_conllu", "tags": tags}})
    options = ["--use-dataset-reader", "-o", reader]
    output = predict(monkeypatch, trained(model), tmp_path / "raw.conllu", tmp_path / "out.jsonl", *options)
    assert [line["words"] for line in output] == [["Ada"]]
