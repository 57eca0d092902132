"""Trees from JSON lines and through `allennlp predict`, written as CoNLL-U and as JSON."""

import json
import sys

import pytest
import torch
from allennlp.commands import main
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.models import Model
from allennlp.predictors import Predictor

import skd_plugin.plugin  # noqa: F401
from skd_plugin.data.files.conllu import conllu_sentences

pytestmark = pytest.mark.slow

TREES = "fixtures/trees.conllu"


@Model.register("chain_parser_of_the_tests")
class ChainParser(Model):
    """Every word's head is the one before it, and the relation says whether UPOS and gold were there."""

    default_predictor = "skd_parser"

    def __init__(self, vocab):
        super().__init__(vocab)
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, tokens, metadata, heads=None, relations=None):
        gold = "" if heads is None else "-gold"
        output = {
            "words": [sentence["words"] for sentence in metadata],
            "heads": [list(range(len(sentence["words"]))) for sentence in metadata],
            "relations": [
                [f"{tag}{gold}" for tag in sentence.get("upos", ["dep"] * len(sentence["words"]))]
                for sentence in metadata
            ],
            "conllu": [sentence.get("conllu") for sentence in metadata],
        }
        return output if heads is None else {**output, "loss": self.weight.sum()}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    directory = tmp_path_factory.mktemp("parser")
    configuration = {
        "dataset_reader": {"type": "skd_dependencies"},
        "train_data_path": TREES,
        "model": {"type": "chain_parser_of_the_tests"},
        "data_loader": {"batch_size": 10},
        "trainer": {"num_epochs": 1, "optimizer": "adam"},
    }
    train_model(Params(configuration), directory)
    return directory / "model.tar.gz"


@pytest.fixture(scope="module")
def predictor(archive):
    return Predictor.from_path(archive, import_plugins=False)


def test_words_and_a_sentence_give_the_same(predictor):
    output = predictor.predict("Ada lives in  Paris.")
    assert output["words"] == ["Ada", "lives", "in", "Paris", "."]
    assert output["heads"] == [0, 1, 2, 3, 4]
    assert predictor.predict_words(output["words"]) == output


def test_upos_reaches_the_model(predictor):
    assert predictor.predict_words(["Ada", "!"], ["PROPN", "PUNCT"])["relations"] == ["PROPN", "PUNCT"]
    assert predictor.predict_json({"sentence": "Ada!", "upos": ["PROPN", None]})["relations"] == ["PROPN", "None"]
    assert predictor.predict_json({"words": ["Ada"], "upos": None})["relations"] == ["dep"]


@pytest.mark.parametrize(
    "line, reason",
    [
        ({"text": "Ada"}, "neither words nor a sentence"),
        (["Ada"], "neither words nor a sentence"),
        ({"words": ["Ada"], "upos": "PROPN"}, "upos is not a list of tags"),
        ({"words": ["Ada"], "upos": [3]}, "upos is not a list of tags"),
        ({"words": ["Ada"], "upos": []}, "there are 0 tags in upos for 1 words"),
    ],
)
def test_unusable_json_is_refused(predictor, line, reason):
    with pytest.raises(ConfigurationError, match=f'Cannot parse .*{reason}. Give {{"words"'):
        predictor.predict_json(line)


def test_an_unknown_output_is_refused(archive):
    with pytest.raises(ConfigurationError, match="`output` is 'xml', expected 'conllu' or 'json'"):
        Predictor.from_path(archive, import_plugins=False, output="xml")


def predict(monkeypatch, archive, source, target, *options):
    """What `allennlp predict` writes, in this process."""
    files = [str(archive), str(source), "--output-file", str(target), "--silent", "--batch-size", "3"]
    monkeypatch.setattr(sys, "argv", ["allennlp", "predict", *files, *options])
    main()
    return target.read_text(encoding="utf-8")


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text(
        '{"words": ["Ada"]}\n{"sentence": "Bo met Ada."}\n{"words": ["New York", "É"], "upos": ["A", "B"]}\n'
    )
    return path


def test_json_lines_become_conllu(monkeypatch, archive, lines, tmp_path):
    predict(monkeypatch, archive, lines, tmp_path / "out.conllu")
    sentences = list(conllu_sentences(str(tmp_path / "out.conllu")))
    assert [s.column("form") for s in sentences] == [["Ada"], ["Bo", "met", "Ada", "."], ["New York", "É"]]
    assert [s.column("head") for s in sentences] == [[0], [0, 1, 2, 3], [0, 1]]
    assert sentences[2].column("deprel") == ["A", "B"]


def test_json_lines_become_json_lines(monkeypatch, archive, lines, tmp_path):
    written = predict(monkeypatch, archive, lines, tmp_path / "out.jsonl", "--predictor-args", '{"output": "json"}')
    outputs = [json.loads(line) for line in written.splitlines()]
    assert outputs[2] == {"words": ["New York", "É"], "heads": [0, 1], "relations": ["A", "B"]}


def test_a_sentence_without_words(monkeypatch, archive, predictor, tmp_path, caplog):
    assert predictor.predict_json({"sentence": " ", "upos": []})["heads"] == []
    source = tmp_path / "in.jsonl"
    source.write_text('{"words": ["Ada"]}\n{"sentence": ""}\n{"words": ["Bo"]}\n')
    options = ["--predictor-args", '{"output": "json"}']
    written = predict(monkeypatch, archive, source, tmp_path / "out.jsonl", *options)
    assert json.loads(written.splitlines()[1]) == {"words": [], "heads": [], "relations": []}
    assert len(written.splitlines()) == 3
    predict(monkeypatch, archive, source, tmp_path / "out.conllu")
    sentences = list(conllu_sentences(str(tmp_path / "out.conllu")))
    assert [s.column("form") for s in sentences] == [["Ada"], ["Bo"]]
    assert (tmp_path / "out.conllu").read_text().count("\n\n") == 2
    (message,) = [record.getMessage() for record in caplog.records if "has no words" in record.getMessage()]
    assert message.startswith("Line 2 (empty lines do not count) has no words.")


def test_conllu_keeps_all_but_the_tree(monkeypatch, archive, tmp_path):
    written = predict(monkeypatch, archive, TREES, tmp_path / "out.conllu", "--use-dataset-reader")
    with open(TREES, encoding="utf-8") as file:
        pairs = list(zip(file.read().split("\n"), written.split("\n"), strict=True))
    for before, after in pairs:
        number, *columns = before.split("\t")
        if number.isdigit():
            head_and_relation = [str(int(number) - 1), columns[2]]
            assert after.split("\t") == [number, *columns[:5], *head_and_relation, "_", columns[8]]
        else:
            assert after == before


@pytest.mark.parametrize(
    "name, content",
    [
        ("raw.conllu", "# c\n1\tAda\t_\tX\t_\t_\t_\t_\t_\t_\n2\t!\t_\tX\t_\t_\t_\t_\t_\t_\n\n"),
        ("raw.txt", "Ada !\n"),
    ],
)
def test_files_without_trees_are_parsed(monkeypatch, archive, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    predict(monkeypatch, archive, tmp_path / name, tmp_path / "out.conllu", "--use-dataset-reader")
    (sentence,) = conllu_sentences(str(tmp_path / "out.conllu"))
    assert sentence.column("form") == ["Ada", "!"] and sentence.column("head") == [0, 1]
    assert sentence.column("deprel") == (["X", "X"] if name == "raw.conllu" else ["dep", "dep"])


def test_a_data_path_is_read_as_it_says(predictor):
    path = {"labelled": TREES, "unlabelled": "fixtures/unlabelled.txt"}
    instances = list(predictor._dataset_reader.read(path))
    assert len(instances) == 22 and all(set(i.fields) == {"tokens", "metadata"} for i in instances)
