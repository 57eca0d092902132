"""Distributions that lack something, or say something wrong, are refused."""

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Dict, List

import pytest

from tools.check_distributions import main, problems_in

INFO = "skd_plugin-1.0.dist-info"
METADATA = """Metadata-Version: 2.4
Name: skd_plugin
Version: 1.0
License-Expression: Apache-2.0
Description-Content-Type: text/markdown

# skd_plugin
"""
PACKAGE = {"skd_plugin/__init__.py": "", "skd_plugin/py.typed": ""}
WHEEL = {
    **PACKAGE,
    "skd_plugin.pth": "",
    f"{INFO}/METADATA": METADATA,
    f"{INFO}/RECORD": "",
    f"{INFO}/entry_points.txt": "[spacy_factories]\n[spacy_scorers]\n",
    f"{INFO}/licenses/LICENSE": "",
}
SOURCES = {**PACKAGE, **dict.fromkeys(["LICENSE", "README.md", "pyproject.toml", "setup.py", "skd_plugin.pth"], "")}


def problems(folder: Path, wheel: Dict[str, str], sources: Dict[str, str]) -> List[str]:
    """Those of distributions with these files, made from a checkout that has `PACKAGE` and a compiled file."""
    dist = folder / "dist"
    dist.mkdir()
    with zipfile.ZipFile(dist / "skd_plugin-1.0-py3-none-any.whl", "w") as archive:
        for name, text in wheel.items():
            archive.writestr(name, text)
    with tarfile.open(dist / "skd_plugin-1.0.tar.gz", "w:gz") as archive:
        for name in sources:
            archive.addfile(tarfile.TarInfo(f"skd_plugin-1.0/{name}"), io.BytesIO())
    for name in [*PACKAGE, "skd_plugin/__pycache__/__init__.pyc"]:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("")
    return list(problems_in(dist, folder))


def test_complete_distributions_have_no_problems(tmp_path: Path):
    assert problems(tmp_path, WHEEL, SOURCES) == []


@pytest.mark.parametrize("name", ["skd_plugin.pth", "skd_plugin/py.typed", f"{INFO}/licenses/LICENSE"])
def test_what_the_wheel_lacks_is_named(tmp_path: Path, name: str):
    wheel = {other: text for other, text in WHEEL.items() if other != name}
    assert problems(tmp_path, wheel, SOURCES) == [f"skd_plugin-1.0-py3-none-any.whl lacks {name}."]


def test_what_the_sources_lack_is_named(tmp_path: Path):
    sources = {name: text for name, text in SOURCES.items() if name != "setup.py"}
    assert problems(tmp_path, WHEEL, sources) == ["skd_plugin-1.0.tar.gz lacks setup.py."]


def test_tests_in_a_wheel_are_refused(tmp_path: Path):
    (problem,) = problems(tmp_path, {**WHEEL, "tests/__init__.py": ""}, SOURCES)
    assert "contains tests/__init__.py" in problem


def test_a_wheel_without_components_for_spacy_is_refused(tmp_path: Path):
    without = {**WHEEL, f"{INFO}/entry_points.txt": "[spacy_scorers]\n"}
    assert problems(tmp_path, without, SOURCES) == [
        "skd_plugin-1.0-py3-none-any.whl has no entry points [spacy_factories]."
    ]


@pytest.mark.parametrize(
    "line, wrong, problem",
    [
        ("Version: 1.0", "Version: one", "metadata are not valid"),
        ("License-Expression: Apache-2.0", "License-Expression: MIT", "licence is MIT, expected Apache-2.0"),
        ("\n\n# skd_plugin\n", "\n\n", "description is not the README"),
        ("text/markdown", "text/plain", "description is not the README"),
    ],
)
def test_wrong_metadata_are_refused(tmp_path: Path, line: str, wrong: str, problem: str):
    (found,) = problems(tmp_path, {**WHEEL, f"{INFO}/METADATA": METADATA.replace(line, wrong)}, SOURCES)
    assert problem in found


def test_there_is_one_distribution_of_each_kind(tmp_path: Path):
    with pytest.raises(SystemExit, match="has 0 wheels and 0 source distributions, expected one of each"):
        main(str(tmp_path))
