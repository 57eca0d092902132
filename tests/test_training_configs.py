"""Every configuration is trained for a moment, and every case is the pair of models that its name says."""

import copy
import json
import re
from inspect import signature
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple, get_type_hints

import _jsonnet
import pytest
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.common.params import with_overrides
from allennlp.models import Model
from allennlp.modules import TokenEmbedder
from transformers import BertConfig, BertModel, BertTokenizerFast

import skd_plugin.plugin  # noqa: F401
from skd_plugin.models import ArcDistribution, BiaffineParser, ChainDistribution, CrfTagger, SpanDistribution, SpanNer
from skd_plugin.structures import (
    ArcLabels,
    FlatSpans,
    HeadSelection,
    IndependentSpans,
    LinearChain,
    MaxEnt,
    NonProjectiveTree,
    SecondOrder,
    registered,
)
from tests import PROJECT_ROOT
from tests.distillation.runs import evaluated
from tests.trained import Trained

pytestmark = pytest.mark.slow

FOLDER = PROJECT_ROOT / "training_configs"
# By the beginning of their names: the kinds of the teachers, and of the student.
CASES = {
    "case_1a": (LinearChain, LinearChain),
    "case_1b": (HeadSelection, ArcLabels),
    "case_2a": (LinearChain, MaxEnt),
    "case_2b": (SecondOrder, ArcLabels),
    "case_3": (MaxEnt, LinearChain),
    "case_4": (IndependentSpans, MaxEnt),
    "token_level": (MaxEnt, MaxEnt),
    "span_to_crf": (IndependentSpans, LinearChain),
    "span_to_span": (IndependentSpans, FlatSpans),
    "crf_to_span": (LinearChain, FlatSpans),
    "maxent_to_span": (MaxEnt, FlatSpans),
    "ensemble": (LinearChain, IndependentSpans, MaxEnt),
    "top_1": (LinearChain, LinearChain),
    "top_k": (LinearChain, LinearChain),
    "weighted_top_k": (LinearChain, LinearChain),
    "token_posterior": (LinearChain, LinearChain),
    "local_substructure": (LinearChain, LinearChain),
    "biaffine_to_biaffine": (HeadSelection, HeadSelection),
    "second_order_to_biaffine": (SecondOrder, HeadSelection),
    "tree_crf_to_tagging": (NonProjectiveTree, ArcLabels),
}
BASELINES = sorted((FOLDER / "baselines").glob("*.jsonnet"))
DISTILLATIONS = [*sorted(FOLDER.glob("*.jsonnet")), *BASELINES]
TEACHERS = sorted((FOLDER / "teachers").glob("*.jsonnet"))
STUDENTS = sorted((FOLDER / "students").glob("*.jsonnet"))
ON_FIXTURES = {
    "train_data_path.labelled": "fixtures/trees.conllu",
    "validation_data_path": "fixtures/trees.conllu",
    "trainer.num_epochs": 1,
    "trainer.cuda_device": -1,
}


def named(path: Path) -> str:
    return str(path.relative_to(FOLDER))


def distiller(config: Dict[str, Any]) -> Dict[str, Any]:
    [found] = [c for c in config["trainer"]["callbacks"] if c["type"] == "skd_distiller"]
    return found


def teachers_of(config: Dict[str, Any]) -> List[Path]:
    """The configurations whose runs write the archives that this one names."""
    archives = [Path(teacher["archive"]) for teacher in distiller(config)["teachers"]]
    return [FOLDER / "teachers" / f"{archive.parent.name}.jsonnet" for archive in archives]


def factorization(config: Dict[str, Any]) -> type:
    """What a configuration's model gives: MaxEnt, LinearChain, …"""
    model = Model.by_name(config["model"]["type"])
    if model is CrfTagger:
        return ChainDistribution.by_name(config["model"].get("factorization", "linear_chain")).kind
    if model is BiaffineParser:
        return ArcDistribution.by_name(config["model"].get("factorization", "head_selection")).kind
    if model is SpanNer:
        return SpanDistribution.by_name(config["model"].get("factorization", "flat_spans")).kind
    return get_type_hints(model.untempered)["return"]


def load(path: Path) -> Dict[str, Any]:
    return copy.deepcopy(evaluated(path))


def case(path: Path) -> Tuple[type, ...]:
    [kinds] = [kinds for name, kinds in CASES.items() if f"{path.stem}_".startswith(f"{name}_")]
    return kinds


def train(path: Path, directory: Path, **overrides: Any) -> Path:
    train_model(Params(with_overrides(evaluated(path), {**ON_FIXTURES, **overrides})), directory)
    return directory / "model.tar.gz"


def save_transformer(folder: Path) -> None:
    """A tiny BERT whose weights are random, and whose word pieces are letters."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz.,"]
    (folder / "vocab.txt").write_text("\n".join([*words, *(f"##{word}" for word in words[5:])]))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    size = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    BertModel(BertConfig(vocab_size=80, **size)).save_pretrained(folder)


@pytest.fixture(scope="session")
def archive(trained: Trained) -> Callable[[Path], Path]:
    """`archive(path)`: that of a teacher, trained for a moment when first asked for."""

    def archive(path: Path) -> Path:
        changes = small_bert() if "transformer" in path.stem else {}
        return trained.once(f"teacher_{path.stem}", lambda folder: train(path, folder, **changes)) / "model.tar.gz"

    def small_bert() -> Dict[str, Any]:
        name = str(trained.once("bert_of_letters", save_transformer))
        return {
            "dataset_reader.token_indexers.words.model_name": name,
            "model.text_field_embedder.token_embedders.words.model_name": name,
        }

    return archive


@pytest.mark.parametrize("path", [*DISTILLATIONS, *TEACHERS, *STUDENTS], ids=named)
def test_it_trains(path, archive, tmp_path):
    if path in TEACHERS:
        assert archive(path).is_file()
        return
    changes: Dict[str, Any] = {}
    if path in DISTILLATIONS:
        changes["train_data_path.unlabelled"] = "fixtures/unlabelled.txt"
        for place, teacher in enumerate(teachers_of(load(path))):
            changes[f"trainer.callbacks.0.teachers.{place}.archive"] = str(archive(teacher))
    assert train(path, tmp_path, **changes).is_file()
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert ("training_kd_lambda" in metrics) == (path in DISTILLATIONS)


@pytest.mark.parametrize("path", DISTILLATIONS, ids=named)
def test_the_pair_is_the_one_that_its_name_says(path):
    config = load(path)
    student = factorization(config)
    teachers = [factorization(load(teacher)) for teacher in teachers_of(config)]
    assert (*teachers, student) == case(path)
    assert all((teacher, student.parts) in registered() for teacher in teachers)


@pytest.mark.parametrize("path", BASELINES, ids=named)
def test_a_baseline_has_the_objective_that_its_name_says(path):
    objective = distiller(load(path))["objective"]
    assert path.stem == (objective if isinstance(objective, str) else objective["type"])


@pytest.mark.parametrize("name", ["biaffine_parser", "maxent_ner"])
def test_static_vectors_are_one_option_as_its_comment_says(name):
    path = FOLDER / "students" / f"{name}.jsonnet"
    comment = path.read_text()
    [override] = re.findall(r"-o '(.+)'", comment)
    [option] = re.findall(r"\+ (\{ vectors:: .+ \})", comment)
    imported = json.loads(_jsonnet.evaluate_snippet("mine", f"(import '{path}') + {option}"))
    assert imported == Params.from_file(path, override).as_dict(quiet=True) != load(path)
    embedder = TokenEmbedder.by_name("skd_word_features")
    words = imported["model"]["text_field_embedder"]["token_embedders"]["words"]
    assert set(words) - {"type"} == {"vectors"} <= set(signature(embedder).parameters)


def test_every_case_has_its_configuration():
    assert {case(path) for path in DISTILLATIONS} == set(CASES.values())


@pytest.mark.parametrize("path", DISTILLATIONS, ids=named)
def test_the_commands_in_its_comment_write_the_archives_that_it_names(path):
    commands = re.findall(r"allennlp train (\S+) -s (\S+)", path.read_text())
    assert [PROJECT_ROOT / config for config, _ in commands] == teachers_of(load(path))
    archives = [teacher["archive"] for teacher in distiller(load(path))["teachers"]]
    assert archives == [f"{directory}/model.tar.gz" for _, directory in commands]


@pytest.mark.parametrize("path", DISTILLATIONS, ids=named)
def test_without_its_last_lines_it_is_a_student(path):
    config = load(path)
    config["trainer"].pop("callbacks")
    config["train_data_path"].pop("unlabelled")
    students = [load(student) for student in STUDENTS]
    epochs = {student["trainer"].pop("num_epochs") for student in students}
    # A longer text, fewer epochs: about as many steps.
    assert config["trainer"].pop("num_epochs") < min(epochs)
    assert config in students
