"""The documents' examples run one after the other, in a folder as a user would have it."""

import doctest
import importlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict

import pytest
import spacy
from allennlp.commands.train import train_model_from_file
from spacy.language import Language

import skd_plugin.plugin  # noqa: F401
from tests import PROJECT_ROOT
from tests.commands import allennlp
from tests.documents import DOCUMENTS, blocks, named, rows
from tests.recipes import SHIPPED_LEARNS
from tests.trained import Trained, check_learned

pytestmark = pytest.mark.slow

DATA = {
    "train.conllu": "trees.conllu",
    "dev.conllu": "trees.conllu",
    "dev.conll": "ner_dev.conll",
    "old.conll": "ner_dev.conll",
    "more.txt": "unlabelled.txt",
}
# The examples' students have to know what they annotate, which a few epochs at rates for real corpora would not teach.
LEARNS_ENTITIES = {**SHIPPED_LEARNS, "validation_data_path": "data/train.conll"}
RUNS: Dict[str, Dict[str, Any]] = {
    "my_teacher": LEARNS_ENTITIES,
    "my_student": {"trainer.num_epochs": 1},
    "my_distilled_student": LEARNS_ENTITIES,
    "my_tuned_student": {"trainer.num_epochs": 1},
    "my_parser": SHIPPED_LEARNS,
    "my_distilled_parser": SHIPPED_LEARNS,
}
SERVED = {"my_distilled_student": "data/train.conll", "my_distilled_parser": "data/train.conllu"}


@pytest.fixture(scope="module")
def followed(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the examples, what they expect beside them, and what has been made by following the README."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "training_configs").symlink_to(PROJECT_ROOT / "training_configs")
    (folder / "data").mkdir()
    for name, fixture in DATA.items():
        (folder / "data" / name).symlink_to(PROJECT_ROOT / "fixtures" / fixture)
    (folder / "data" / "train.conll").symlink_to(trained.entities)
    for document in DOCUMENTS:
        for block in blocks(document, "jsonnet"):
            (folder / block.split("\n")[0].removeprefix("// ")).write_text(block, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, overrides in RUNS.items():
            train_model_from_file(f"{name}.jsonnet", f"runs/{name}", json.dumps(overrides))
        for name, path in SERVED.items():
            check_learned(Path("runs", name), Path(path), probability=0.9)
        (command,) = (block for block in blocks(PROJECT_ROOT / "README.md", "bash") if "skd-export" in block)
        program, *arguments = shlex.split(command.replace("\\\n", " "))
        assert program == "allennlp"
        allennlp(*arguments)
    return folder


@pytest.fixture
def workplace(followed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(followed)
    return followed


@pytest.mark.parametrize("name", RUNS)
def test_jsonnet_example_trains(workplace: Path, name: str):
    assert (workplace / f"runs/{name}/model.tar.gz").is_file()


def test_metrics_in_the_table_are_those_that_are_measured(workplace: Path):
    metrics = (workplace / "runs/my_tuned_student/metrics.json").read_text(encoding="utf-8")
    measured = set(re.findall(r'"training_(kd_\w+)"', metrics))
    assert measured | {"kd_lost_mass", "kd_distance"} == {
        name for row in rows("metric", "docs/distilling.md") for name in re.findall(r"`(kd_\w+)`", row[0])
    }


@pytest.mark.parametrize("document", [d for d in DOCUMENTS if blocks(d, "python")], ids=named)
def test_python_examples_run(workplace: Path, document: Path):
    names: dict = {}
    for block in blocks(document, "python"):
        example = doctest.DocTestParser().get_doctest(block, names, named(document), None, 0)
        finished = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, clear_globs=False)
        names = example.globs
        assert finished.attempted and not finished.failed


def test_config_of_spacy_assembles(workplace: Path):
    (config,) = blocks(PROJECT_ROOT / "docs/serving.md", "ini")
    (workplace / "config.cfg").write_text(config, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "spacy", "assemble", "config.cfg", "assembled"], check=True)
    assert [entity.label_ for entity in spacy.load("assembled")("Anna Berg moved to Oslo.").ents] == ["PER", "LOC"]


def test_a_pipeline_is_handed_on(workplace: Path, monkeypatch: pytest.MonkeyPatch):
    making, installing = blocks(PROJECT_ROOT / "docs/serving.md", "bash")
    for line in making.replace("\\\n", " ").splitlines():
        program, *arguments = shlex.split(line)
        assert program == "allennlp"
        allennlp(*arguments)
    program, *arguments = shlex.split(installing)
    options = ["--quiet", "--no-compile", "--no-index", "--no-deps", "--target", "site"]
    subprocess.run([sys.executable, "-m", program, *arguments, *options], check=True)
    monkeypatch.syspath_prepend("site")
    nlp = importlib.import_module("en_people").load()
    assert [entity.label_ for entity in nlp("Anna Berg moved to Oslo.").ents] == ["PER", "LOC"]
    keys = {key for row in rows("key", "docs/serving.md") for key in re.findall(r"`(\w+)`", row[0])}
    assert all(nlp.meta[key] for key in keys)
    distillation = nlp.meta["skd_plugin"]["components"]["skd_ner"]["distillation"]
    assert [(teacher["name"], len(teacher["fingerprint"])) for teacher in distillation["teachers"]] == [
        ("my_teacher", 64)
    ]


@pytest.mark.parametrize("factory", ["skd_ner", "skd_parser", "skd_tagger"])
def test_options_of_components_are_in_their_table(factory: str):
    table = {option.strip(" `"): (of, default) for option, of, default, _ in rows("option", "docs/serving.md")}
    ours = {option: default for option, (of, default) in table.items() if "all" in of or factory in of}
    defaults = Language.get_factory_meta(factory).default_config
    assert set(ours) == set(defaults)
    for option in set(defaults) - {"archive", "scorer"}:
        assert json.dumps(defaults[option]) in ours[option].replace("False", "false"), option
