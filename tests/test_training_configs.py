"""Every configuration is trained for a moment, and every case is the pair of models that its name says."""

import json
import re
from pathlib import Path
from typing import Any, Dict, Tuple, get_type_hints

import pytest
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.models import Model
from transformers import BertConfig, BertModel, BertTokenizerFast

import skd_plugin.plugin  # noqa: F401
from skd_plugin.models import ArcDistribution, BiaffineParser
from skd_plugin.structures import (
    ArcLabels,
    HeadSelection,
    LinearChain,
    MaxEnt,
    NonProjectiveTree,
    SecondOrder,
    registered,
)
from tests import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "training_configs"
CASES = {
    "case_1a": (LinearChain, LinearChain),
    "case_1b": (HeadSelection, ArcLabels),
    "case_2a": (LinearChain, MaxEnt),
    "case_2b": (SecondOrder, ArcLabels),
    "case_3": (MaxEnt, LinearChain),
    "token_level": (MaxEnt, MaxEnt),
    "biaffine_to_biaffine": (HeadSelection, HeadSelection),
    "second_order_to_biaffine": (SecondOrder, HeadSelection),
    "tree_crf_to_tagging": (NonProjectiveTree, ArcLabels),
}
DISTILLATIONS = sorted(FOLDER.glob("*.jsonnet"))
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


def teacher_of(config: Dict[str, Any]) -> Path:
    """The configuration whose run writes the archive that this one names."""
    [teacher] = distiller(config)["teachers"]
    return FOLDER / "teachers" / f"{Path(teacher['archive']).parent.name}.jsonnet"


def factorization(config: Dict[str, Any]) -> type:
    """What a configuration's model gives: MaxEnt, LinearChain, …"""
    model = Model.by_name(config["model"]["type"])
    if model is BiaffineParser:
        return ArcDistribution.by_name(config["model"].get("factorization", "head_selection")).kind
    return get_type_hints(model.factorize)["return"]


def load(path: Path) -> Dict[str, Any]:
    return Params.from_file(path).as_dict(quiet=True)


def case(path: Path) -> Tuple[type, type]:
    [pair] = [pair for name, pair in CASES.items() if f"{path.stem}_".startswith(f"{name}_")]
    return pair


def train(path: Path, directory: Path, **overrides: Any) -> Path:
    changes = json.dumps({**ON_FIXTURES, **overrides})
    train_model(Params.from_file(path, changes), directory)
    return directory / "model.tar.gz"


@pytest.fixture(scope="session")
def transformer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a tiny BERT whose weights are random."""
    folder = tmp_path_factory.mktemp("transformer")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz.,"]
    (folder / "vocab.txt").write_text("\n".join([*words, *(f"##{word}" for word in words[5:])]))
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder)
    size = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    BertModel(BertConfig(vocab_size=80, **size)).save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="session")
def teachers(tmp_path_factory: pytest.TempPathFactory, transformer: str) -> Dict[str, Path]:
    """The archives of all teachers, trained for a moment."""
    small_bert = {
        "dataset_reader.token_indexers.words.model_name": transformer,
        "model.text_field_embedder.token_embedders.words.model_name": transformer,
        "model.encoder.input_size": 8,
    }
    runs = tmp_path_factory.mktemp("teachers")
    return {
        path.stem: train(path, runs / path.stem, **(small_bert if "transformer" in path.stem else {}))
        for path in TEACHERS
    }


@pytest.mark.parametrize("path", [*DISTILLATIONS, *TEACHERS, *STUDENTS], ids=named)
def test_it_trains(path, teachers, tmp_path):
    if path in TEACHERS:
        assert teachers[path.stem].is_file()
        return
    changes: Dict[str, Any] = {}
    if path in DISTILLATIONS:
        archive = str(teachers[teacher_of(load(path)).stem])
        changes["train_data_path.unlabelled"] = "fixtures/unlabelled.txt"
        changes["trainer.callbacks.0.teachers.0.archive"] = archive
    assert train(path, tmp_path, **changes).is_file()
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert ("training_kd_kl" in metrics) == (path in DISTILLATIONS)


@pytest.mark.parametrize("path", DISTILLATIONS, ids=named)
def test_the_pair_is_the_one_that_its_name_says(path):
    config = load(path)
    teacher, student = factorization(load(teacher_of(config))), factorization(config)
    assert (teacher, student) == case(path)
    assert (teacher, student.parts) in registered()


def test_every_case_has_its_configuration():
    assert {case(path) for path in DISTILLATIONS} == set(CASES.values())


@pytest.mark.parametrize("path", DISTILLATIONS, ids=named)
def test_the_command_in_its_comment_writes_the_archive_that_it_names(path):
    config, directory = re.search(r"allennlp train (\S+) -s (\S+)", path.read_text()).groups()
    assert PROJECT_ROOT / config == teacher_of(load(path))
    assert distiller(load(path))["teachers"][0]["archive"] == f"{directory}/model.tar.gz"


@pytest.mark.parametrize("path", DISTILLATIONS, ids=named)
def test_without_its_last_lines_it_is_a_student(path):
    config = load(path)
    config["trainer"].pop("callbacks")
    config["train_data_path"].pop("unlabelled")
    assert config in [load(student) for student in STUDENTS]
