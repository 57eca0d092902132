"""`allennlp skd-package` writes all that it takes to install a pipeline elsewhere, or leaves everything as it was."""

import email
import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from typing import Any, List

import pytest
import spacy
from huggingface_hub import ModelCard

from tests.commands import allennlp
from tests.requirements import complaints

ANNOTATE = """
import json, sys
import allennlp, en_tiny, skd_plugin
from importlib.metadata import version
doc = en_tiny.load()("Anna Berg moved to Oslo.")
places = [module.__file__ for module in (allennlp, en_tiny, skd_plugin)]
print(json.dumps([[[e.text, e.label_] for e in doc.ents], places, version("allennlp")]))
"""


@pytest.fixture
def pipeline(tmp_path: Path) -> Path:
    """A pipeline without a model, which is packaged like any other."""
    nlp = spacy.blank("en")
    nlp.add_pipe("skd_ner")
    nlp.to_disk(tmp_path / "pipeline")
    return tmp_path / "pipeline"


def names(folder: Path) -> List[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.slow
def test_it_installs_in_one_go_where_nothing_of_it_is(ner_archive: Path, tmp_path: Path):
    allennlp("skd-export", ner_archive, tmp_path / "pipeline", "--license", "MIT", "--author", "José")
    allennlp("skd-package", tmp_path / "pipeline", tmp_path / "wheels", "--name", "tiny", "--version", "1.2.3")
    python = environment(tmp_path / "environment")
    # All else is installed, so pip has to find what is required, and asks for nothing that is not.
    options = ["--quiet", "--no-compile", "--no-index", "--find-links", tmp_path / "wheels"]
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, "en_tiny")
    check = [sys.executable, "-m", "pip", "--python", str(python), "check"]
    assert not complaints(subprocess.run(check, stdout=subprocess.PIPE, text=True).stdout)
    # Kernels that run once are not worth compiling.
    variables = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    output = run(python, "-c", ANNOTATE, cwd=tmp_path, env=variables)
    entities, places, version = json.loads(output.split("\n")[-1])
    assert entities == [["Anna Berg", "PER"], ["Oslo", "LOC"]] and version.startswith("2.10.1+skd")
    assert all(Path(place).is_relative_to(tmp_path / "environment") for place in places)
    meta = json.loads((Path(places[1]).parent / "meta.json").read_text(encoding="utf-8"))
    assert (meta["license"], meta["author"], meta["performance"]["ents_f"]) == ("MIT", "José", 1.0)


def environment(folder: Path) -> Path:
    """The Python of a new environment with the packages of this one, but for the plugin and AllenNLP."""
    venv.create(folder)
    [site] = folder.glob("lib/python*/site-packages")
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if not package.name.startswith(("skd_plugin", "__editable__", "allennlp")):
            (site / package.name).symlink_to(package)
    return folder / "bin" / "python"


def run(*command: Any, **options: Any) -> str:
    finished = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout.strip()


def test_what_it_writes_and_says(pipeline: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    """Also of a pipeline that `skd-export` has not made, and where the language is part of the name."""
    out = tmp_path / "deep" / "out"
    allennlp("skd-package", pipeline, out, "--name", "en_my_ner", "--version", "1.0")
    assert f"pip install --find-links {out} en_my_ner" in capsys.readouterr().out
    packages = {name.split("-")[0] for name in names(out)}
    # cached_path only where it is a copy with other metadata.
    assert packages - {"cached_path"} == {"INSTALL.md", "allennlp", "en_my_ner", "skd_plugin"}
    guide = (out / "INSTALL.md").read_text()
    assert guide.startswith("# en_my_ner 1.0\n") and "pip install --find-links . en_my_ner\n" in guide
    assert "Python >=3.11, <" in guide and str(tmp_path) not in guide
    assert names(out.parent) == ["out"]
    with zipfile.ZipFile(next(out.glob("en_my_ner-*.whl"))) as wheel:
        card = ModelCard(wheel.read("en_my_ner/en_my_ner-1.0/README.md").decode())
        metadata = email.message_from_bytes(wheel.read("en_my_ner-1.0.dist-info/METADATA"))
    assert card.data.library_name == "spacy" and metadata.get_payload().strip() == card.text.strip()


def test_force_replaces_only_packages(pipeline: Path, tmp_path: Path):
    allennlp("skd-package", pipeline, tmp_path / "out")
    with pytest.raises(SystemExit, match="out exists already. Name another folder, or .* --force"):
        allennlp("skd-package", pipeline, tmp_path / "out", "--name", "other")
    allennlp("skd-package", pipeline, tmp_path / "out", "--name", "other", "--force")
    assert [name for name in names(tmp_path / "out") if name.startswith("en_")] == ["en_other-0.0.0-py3-none-any.whl"]
    before = names(pipeline)
    with pytest.raises(SystemExit, match="pipeline is not a package, and --force replaces only packages"):
        allennlp("skd-package", pipeline, pipeline, "--force")
    assert names(pipeline) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--name", "my-ner"], r"(?s)by --name.*Model name \('my-ner'\) is not a valid module name"),
        (["--name", "_ner_"], r"(?s)by --name.*is not a permitted package name"),
        (["--version", "first"], "The version 'first' is none that pip can read, expected one such as 1.0.0"),
    ],
)
def test_a_bad_name_or_version(pipeline: Path, tmp_path: Path, options: List[str], message: str):
    with pytest.raises(SystemExit, match=message):
        allennlp("skd-package", pipeline, tmp_path / "out", *options)
    assert names(tmp_path) == ["pipeline"]


def test_no_pipeline_there(tmp_path: Path):
    with pytest.raises(SystemExit, match="nowhere is not a pipeline: .* `allennlp skd-export` or"):
        allennlp("skd-package", tmp_path / "nowhere", tmp_path / "out")
    assert names(tmp_path) == []


@pytest.mark.parametrize("content", ["[]", "no JSON", '{"lang": "en", "name": 3, "version": "1.0"}'])
def test_a_broken_meta_json(pipeline: Path, tmp_path: Path, content: str):
    (pipeline / "meta.json").write_text(content)
    with pytest.raises(SystemExit, match="meta.json"):
        allennlp("skd-package", pipeline, tmp_path / "out")
    assert names(tmp_path) == ["pipeline"]
