"""The guide is followed from an empty folder, and the documents' examples run in the project that it makes."""

import doctest
import importlib
import json
import re
import shlex
import subprocess
import sys
from contextlib import chdir
from pathlib import Path
from typing import Any, Dict, Optional

import pytest
import spacy
from spacy.cli._util import app as spacy_commands
from spacy.language import Language
from typer.testing import CliRunner

import skd_plugin.plugin  # noqa: F401
from tests import PROJECT_ROOT
from tests.commands import follow
from tests.documents import DOCUMENTS, blocks, commands, named, rows, text
from tests.recipes import SHIPPED_LEARNS
from tests.trained import Trained, check_learned

pytestmark = pytest.mark.slow

GUIDE = "docs/distilling.md"
DATA = {
    "train.conllu": "trees.conllu",
    "dev.conllu": "trees.conllu",
    "dev.conll": "ner_dev.conll",
    "test.conll": "ner_dev.conll",
    "old.conll": "ner_dev.conll",
    "more.txt": "unlabelled.txt",
}
BRIEFLY = {"trainer.num_epochs": 1}
# The examples' students have to know what they annotate, which a few epochs at rates for real corpora would not teach.
LEARNS_ENTITIES = {**SHIPPED_LEARNS, "validation_data_path": "../data/train.conll"}
CHANGES: Dict[str, Dict[str, Any]] = {
    "my_ner/teacher.jsonnet": LEARNS_ENTITIES,
    "my_ner/student.jsonnet": BRIEFLY,
    "my_ner/distilled_student.jsonnet": LEARNS_ENTITIES,
    "my_ner/tuned_student.jsonnet": BRIEFLY,
    "my_ner/skd-cross-fit": BRIEFLY,
    "my_parser/teacher.jsonnet": SHIPPED_LEARNS,
    "my_parser/student.jsonnet": BRIEFLY,
    "my_parser/distilled_student.jsonnet": SHIPPED_LEARNS,
    "my_better_ner": BRIEFLY,
    "my_better_parser": BRIEFLY,
    "my_pos": BRIEFLY,
}
SERVED = {"my_ner": "data/train.conll", "my_parser": "data/train.conllu"}
NAME_ON_THE_HUB = "sentence-transformers/all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def followed(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the guide was followed word by word; at its beginning it had a user's data and nothing else."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "data").mkdir()
    for name, fixture in DATA.items():
        (folder / "data" / name).symlink_to(PROJECT_ROOT / "fixtures" / fixture)
    (folder / "data" / "train.conll").symlink_to(trained.entities)
    with chdir(folder):
        follow(commands(text(GUIDE).replace(NAME_ON_THE_HUB, trained.transformer)), CHANGES)
    for name, path in SERVED.items():
        check_learned(folder / name / "runs" / "distilled_student", folder / path, probability=0.9)
    return folder


@pytest.fixture(scope="module")
def project(followed: Path) -> Path:
    """The guide's project of entities, with what the documents' examples expect and make there."""
    for document in DOCUMENTS:
        for block in blocks(document, "jsonnet"):
            (followed / "my_ner" / block.split("\n")[0].removeprefix("// ")).write_text(block, encoding="utf-8")
    (export,) = (block for block in blocks(PROJECT_ROOT / "README.md", "bash") if "skd-export" in block)
    with chdir(followed / "my_ner"):
        follow([export.replace("\\\n", ""), "allennlp train tuned_student.jsonnet -s runs/tuned_student"], CHANGES)
    return followed / "my_ner"


@pytest.fixture
def workplace(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(project)
    return project


def test_the_guide_ends_with_students_that_annotate(followed: Path):
    assert len((followed / "my_parser/parsed.conllu").read_text().split("\n\n")) > 2


def test_the_readme_begins_as_the_guide_does():
    (block,) = (block for block in blocks(PROJECT_ROOT / "README.md", "bash") if "skd-init" in block)
    lines = block.strip().replace("\\\n", "").split("\n")
    guide = [" ".join(command.split()) for command in commands(text(GUIDE))]
    assert [" ".join(line.split()) for line in lines] == [line for line in guide[:5] if "train student" not in line]


@pytest.mark.parametrize(
    ("name", "task", "options", "component"),
    [
        ("my_better_ner", None, "", "skd_ner"),
        ("my_better_parser", "parser", "--teacher transformer TRANSFORMER --train data/train.conllu", "skd_parser"),
        ("my_pos", "pos", "--train data/train.conllu", "skd_tagger"),
    ],
)
def test_the_readme_of_a_project_is_followed(
    followed: Path, trained: Trained, name: str, task: Optional[str], options: str, component: str
):
    with chdir(followed):
        if task is not None:
            options = options.replace("TRANSFORMER", trained.transformer)
            init = f"allennlp skd-init {name} --task {task} {options} --dev data/dev.conllu --text data/more.txt"
            follow([init], CHANGES)
        follow([f"cd {name}", *commands(Path(name, "README.md").read_text(encoding="utf-8"))], CHANGES)
    assert spacy.load(followed / name / "pipeline").pipe_names == [component]


def test_metrics_in_the_table_are_those_that_are_measured(workplace: Path):
    metrics = (workplace / "runs/tuned_student/metrics.json").read_text(encoding="utf-8")
    measured = set(re.findall(r'"training_(kd_\w+)"', metrics))
    assert measured | {"kd_lost_mass", "kd_distance"} == {
        name for row in rows("metric", GUIDE) for name in re.findall(r"`(kd_\w+)`", row[0])
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
    finished = CliRunner().invoke(spacy_commands, ["assemble", "config.cfg", "assembled"])
    assert finished.exit_code == 0, finished.output
    assert [entity.label_ for entity in spacy.load("assembled")("Anna Berg moved to Oslo.").ents] == ["PER", "LOC"]


def test_a_pipeline_is_handed_on(workplace: Path, monkeypatch: pytest.MonkeyPatch):
    making, installing = blocks(PROJECT_ROOT / "docs/serving.md", "bash")
    follow(making.replace("\\\n", " ").splitlines(), CHANGES)
    program, *arguments = shlex.split(installing)
    options = ["--quiet", "--no-compile", "--no-index", "--no-deps", "--target", "site"]
    subprocess.run([sys.executable, "-m", program, *arguments, *options], check=True)
    monkeypatch.syspath_prepend("site")
    nlp = importlib.import_module("en_people").load()
    assert [entity.label_ for entity in nlp("Anna Berg moved to Oslo.").ents] == ["PER", "LOC"]
    keys = {key for row in rows("key", "docs/serving.md") for key in re.findall(r"`(\w+)`", row[0])}
    assert all(nlp.meta[key] for key in keys)
    distillation = nlp.meta["skd_plugin"]["components"]["skd_ner"]["distillation"]
    assert [(teacher["name"], len(teacher["fingerprint"])) for teacher in distillation["teachers"]] == [("teacher", 64)]


@pytest.mark.parametrize("factory", ["skd_ner", "skd_parser", "skd_tagger"])
def test_options_of_components_are_in_their_table(factory: str):
    table = {option.strip(" `"): (of, default) for option, of, default, _ in rows("option", "docs/serving.md")}
    ours = {option: default for option, (of, default) in table.items() if "all" in of or factory in of}
    defaults = Language.get_factory_meta(factory).default_config
    assert set(ours) == set(defaults)
    for option in set(defaults) - {"archive", "scorer"}:
        assert json.dumps(defaults[option]) in ours[option].replace("False", "false"), option
