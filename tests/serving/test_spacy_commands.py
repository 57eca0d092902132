"""spaCy's own commands assemble, package and evaluate a pipeline of these components, each in a new process."""

import json
import os
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Dict

import pytest
import spacy
from packaging.requirements import Requirement
from spacy.tokens import DocBin

import skd_plugin
from tests.serving import TEXTS, assert_same
from tests.serving.gold import gold

pytestmark = pytest.mark.slow

OPTIONS: Dict[str, Any] = {"skd_tagger": {"attribute": "pos"}, "skd_parser": {}, "skd_ner": {}}


@pytest.fixture(scope="module")
def archives(ner_archive: Path, parser_archive: Path, upos_archive: Path) -> Dict[str, str]:
    return {"skd_tagger": str(upos_archive), "skd_parser": str(parser_archive), "skd_ner": str(ner_archive)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("commands")


def python_m(folder: Path, *arguments: Any, **environment: str) -> None:
    """Runs `python -m …` in the folder."""
    command = [sys.executable, "-m", *map(str, arguments)]
    finished = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True)
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.fixture(scope="module")
def assembled(archives: Dict[str, str], folder: Path) -> Path:
    """A pipeline assembled from a configuration. The paths of the archives are given on the command line."""
    nlp = spacy.blank("en")
    for factory, options in OPTIONS.items():
        nlp.add_pipe(factory, config=options)
    config = nlp.config
    config["initialize"]["components"] = {factory: {"archive": None} for factory in OPTIONS}
    config.to_disk(folder / "config.cfg")
    overrides = [f"--initialize.components.{factory}.archive={archive}" for factory, archive in archives.items()]
    python_m(folder, "spacy", "assemble", "config.cfg", "assembled", *overrides)
    return folder / "assembled"


@pytest.fixture(scope="module")
def installed(assembled: Path, folder: Path) -> Path:
    """The folder in which the pipeline's package is installed, without dependencies and without a package index."""
    python_m(folder, "spacy", "package", assembled, ".", "--name", "tiny", "--version", "1.2.3", "--build", "none")
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--target", "site"]
    python_m(folder, "pip", "install", *options, "./en_tiny-1.2.3")
    return folder / "site"


def test_assembled(assembled: Path, archives: Dict[str, str]):
    nlp, expected = spacy.load(assembled), spacy.blank("en")
    for factory, options in OPTIONS.items():
        expected.add_pipe(factory, config={**options, "archive": archives[factory]})
    assert_same(list(nlp.pipe(TEXTS)), list(expected.pipe(TEXTS)))


def test_the_package_requires_this_one(installed: Path):
    [package] = distributions(path=[str(installed)])
    required = {r.name: r.specifier for r in map(Requirement, package.requires)}
    assert (package.name, package.version) == ("en_tiny", "1.2.3")
    assert set(required) == {"skd_plugin", "spacy"}
    assert skd_plugin.__version__ in required["skd_plugin"] and spacy.__version__ in required["spacy"]


def test_the_package_is_evaluated_by_its_name(installed: Path, folder: Path):
    DocBin(docs=gold()).to_disk(folder / "gold.spacy")
    evaluate = ["spacy", "evaluate", "en_tiny", "gold.spacy", "--output", "metrics.json"]
    python_m(folder, *evaluate, PYTHONPATH=str(installed))
    metrics = json.loads((folder / "metrics.json").read_text())
    scores = {name: metrics[name] for name in ("token_acc", "pos_acc", "dep_uas", "dep_las", "sents_f", "ents_f")}
    assert min(scores.values()) > 0.9, scores
