"""The wheel that is built has the files of the released one, and the metadata of the project."""

import csv
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any, Dict

import pytest
from packaging.metadata import Metadata
from packaging.requirements import Requirement

from skd_plugin.compat.environment import HOST
from skd_plugin.host.__main__ import PROJECTS
from skd_plugin.host.repackaging import (
    Repackaging,
    build_wheel,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_wheel,
)

PROJECT = """
[project]
name = "old-library"
version = "1.0+skd.1"
description = "An old library"
license = "Apache-2.0"
license-files = ["LICENSE"]
authors = [{{ name = "Its authors" }}]
requires-python = ">=3.11"
dependencies = ["skd_plugin"]

[project.optional-dependencies]
more = ["other>=2"]

[project.scripts]
old = "old_library:run"

[project.urls]
Source = "https://example.org"

[tool.repackaging]
release = "old_library-1.0-py3-none-any.whl"
sha256 = "{sha256}"
"""
RELEASED = {
    "old_library/__init__.py": "def run(): ...\n",
    "old_library/data/words.txt": "",
    "old_library-1.0.dist-info/LICENSE": "The licence.",
    "old_library-1.0.dist-info/METADATA": "Name: old-library\nRequires-Dist: torch<1.13\n",
    "old_library-1.0.dist-info/RECORD": "",
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dict[str, Any]:
    """Those with which a wheel is made of `RELEASED`; the current folder is that of the project, as PEP 517 says."""
    wheel = tmp_path / "old_library-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in RELEASED.items():
            archive.writestr(name, text)
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "pyproject.toml").write_text(
        PROJECT.format(sha256=hashlib.sha256(wheel.read_bytes()).hexdigest())
    )
    monkeypatch.chdir(tmp_path / "project")
    return {"wheels": str(tmp_path)}


@pytest.fixture
def built(settings: Dict[str, Any], tmp_path: Path) -> Dict[str, bytes]:
    """The files of the wheel."""
    (tmp_path / "built").mkdir()
    name = build_wheel(str(tmp_path / "built"), settings)
    assert name == "old_library-1.0+skd.1-py3-none-any.whl"
    with zipfile.ZipFile(tmp_path / "built" / name) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


INFO = "old_library-1.0+skd.1.dist-info"


def test_the_code_and_the_licence_are_those_that_were_released(built):
    kept = {name: text.encode() for name, text in RELEASED.items() if name.startswith("old_library/")}
    assert {name: content for name, content in built.items() if not name.startswith(INFO)} == kept
    assert built[f"{INFO}/licenses/LICENSE"] == b"The licence."


def test_the_metadata_are_those_of_the_project_and_say_so(built):
    metadata = Metadata.from_email(built[f"{INFO}/METADATA"], validate=True)
    assert (metadata.name, str(metadata.version)) == ("old-library", "1.0+skd.1")
    assert metadata.requires_dist == [Requirement("skd_plugin"), Requirement('other>=2; extra == "more"')]
    assert metadata.provides_extra == ["more"]
    assert metadata.description is not None and metadata.description.startswith("Modified by skd_plugin: ")
    assert built[f"{INFO}/entry_points.txt"] == b"[console_scripts]\nold = old_library:run\n"


def test_the_record_lists_all_files(built):
    rows = list(csv.reader(io.StringIO(built[f"{INFO}/RECORD"].decode())))
    assert [name for name, _, _ in rows] == [*built]
    assert [int(size) for _, _, size in rows[:-1]] == [len(content) for content in [*built.values()][:-1]]
    assert all(digest.startswith("sha256=") for _, digest, _ in rows[:-1])


def test_the_metadata_are_known_before_the_wheel_is_built(built, tmp_path):
    assert prepare_metadata_for_build_wheel(str(tmp_path)) == INFO
    for name in ("METADATA", "WHEEL", "entry_points.txt"):
        assert (tmp_path / INFO / name).read_bytes() == built[f"{INFO}/{name}"]


def test_another_wheel_of_that_name_is_refused(settings, tmp_path):
    with zipfile.ZipFile(tmp_path / "old_library-1.0-py3-none-any.whl", "a") as archive:
        archive.writestr("old_library/more.py", "")
    with pytest.raises(SystemExit, match="has the SHA-256 .*, expected that of old_library-1.0"):
        build_wheel(str(tmp_path), settings)


def test_a_missing_wheel_is_named(settings, tmp_path):
    with pytest.raises(SystemExit, match="project/old_library-1.0-py3-none-any.whl is missing"):
        build_wheel(str(tmp_path), {"wheels": str(tmp_path / "project")})


def test_pip_is_needed_only_to_fetch_a_wheel(settings):
    assert get_requires_for_build_wheel() == ["pip"]
    assert get_requires_for_build_wheel(settings) == []


@pytest.mark.parametrize("folder", PROJECTS)
def test_each_project_has_valid_metadata(folder):
    project = Repackaging(Path(folder))
    metadata = Metadata.from_email(project.metadata_files()["METADATA"], validate=True)
    assert metadata.version.local.startswith("skd.")
    name, version = project.release.split("-")[:2]
    assert (metadata.name.replace("-", "_"), metadata.version.public) == (name, version)


def test_the_projects_are_what_the_environment_is_checked_for():
    metadata = [Metadata.from_email(Repackaging(Path(folder)).metadata_files()["METADATA"]) for folder in PROJECTS]
    versions = {project.name: project.version for project in metadata}
    asked = {requirement.name: requirement.specifier for requirement in map(Requirement, HOST)}
    assert asked.keys() == versions.keys()
    assert all(specifier.contains(versions[name]) for name, specifier in asked.items())
