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
        ({"words": []}, "no words"),
        ({"sentence": "  "}, "no words"),
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


def test_the_command_predicts_what_the_reader_reads(monkeypatch, archive, tmp_path):
    output = predict(monkeypatch, archive, "fixtures/ner.conll", tmp_path / "out.jsonl", "--use-dataset-reader")
    assert all(line.keys() == {"words", "tags", "entities"} for line in output)
    assert all(len(line["words"]) == len(line["tags"]) for line in output)
