"""The wheels of the plugin and of AllenNLP have all that is installed, and metadata that hold together."""

import email
import zipfile
from pathlib import Path

import allennlp
import pytest
from allennlp.common.checks import ConfigurationError
from packaging.requirements import Requirement

from skd_plugin.wheels import installed
from skd_plugin.wheels.installed import true_metadata, write_copies, write_plugin
from skd_plugin.wheels.wheel_file import Metadata
from tests import PROJECT_ROOT
from tools.check_distributions import package_files


def read(wheel: Path, name: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        [path] = [path for path in archive.namelist() if path.endswith(f".dist-info/{name}")]
        return archive.read(path)


def names(wheel: Path) -> set:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_plugin(tmp_path: Path):
    wheel = write_plugin(tmp_path)
    package = {file.relative_to(PROJECT_ROOT).as_posix() for file in package_files(PROJECT_ROOT)}
    assert names(wheel) >= package | {"skd_plugin.pth"}
    assert not [name for name in names(wheel) if "__pycache__" in name or "direct_url" in name]
    metadata = email.message_from_bytes(read(wheel, "METADATA"))
    assert metadata["Name"] == "skd_plugin" and "numpy" in " ".join(metadata.get_all("Requires-Dist", []))
    assert b"skd_ner" in read(wheel, "entry_points.txt") and b"Apache" in read(wheel, "licenses/LICENSE")


def test_allennlp(tmp_path: Path):
    [wheel] = [wheel for wheel in write_copies(tmp_path) if wheel.name.startswith("allennlp-2.10.1+skd")]
    metadata = email.message_from_bytes(read(wheel, "METADATA"))
    assert metadata["Name"] == "allennlp" and metadata["Version"].startswith("2.10.1+skd")
    required = {Requirement(text).name for text in metadata.get_all("Requires-Dist")}
    assert required == {"cached-path", "skd_plugin"} and "Provides-Extra" not in metadata
    assert b"allennlp.__main__" in read(wheel, "entry_points.txt")
    assert [name for name in names(wheel) if name.endswith("/LICENSE")]
    folder = Path(allennlp.__file__).parent
    assert names(wheel) >= {file.relative_to(folder.parent).as_posix() for file in folder.rglob("*.py")}


RELEASED = """\
Metadata-Version: 2.1
Name: allennlp
Version: 2.10.1
Requires-Dist: torch (<1.13.0,>=1.10.0)
Requires-Dist: long ;
        extra == "dev"
Provides-Extra: dev
License-File: LICENSE

Version: 3 of the text.
Requires-Dist: here it is no field
"""


def test_the_requirements_of_its_release_are_taken_out():
    changed = true_metadata(Metadata("allennlp", "2.10.1", RELEASED))
    fields, _, description = changed.text.partition("\n\n")
    assert changed.version == "2.10.1+skd"
    assert fields.split("\n") == [
        "Metadata-Version: 2.1",
        "Name: allennlp",
        "Version: 2.10.1+skd",
        "License-File: LICENSE",
        "Requires-Dist: cached-path",
        "Requires-Dist: skd_plugin",
    ]
    assert description.startswith("*Modified by skd_plugin") and description.endswith(RELEASED.partition("\n\n")[2])
    assert true_metadata(changed) is changed


def test_other_copies_are_taken_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    info = tmp_path / "site" / "old_library-1.0+skd.1.dist-info"
    text = "Metadata-Version: 2.1\nName: old-library\nVersion: 1.0+skd.1\nRequires-Dist: more\n\nOld.\n"
    files = {info / "METADATA": text, info / "RECORD": "", tmp_path / "site" / "old_library" / "__init__.py": "x = 1\n"}
    for file, content in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    monkeypatch.syspath_prepend(tmp_path / "site")
    [wheel] = [wheel for wheel in write_copies(tmp_path) if wheel.name.startswith("old")]
    assert wheel.name == "old_library-1.0+skd.1-py3-none-any.whl"
    assert read(wheel, "METADATA").decode() == text and "old_library/__init__.py" in names(wheel)


def test_what_a_build_leaves_in_a_checkout_is_not_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "skd_plugin.egg-info").mkdir()
    (tmp_path / "skd_plugin.egg-info" / "PKG-INFO").write_text("Name: skd_plugin\nVersion: 0.0.1\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert not write_plugin(tmp_path).name.startswith("skd_plugin-0.0.1")


def test_a_checkout_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(installed, "distributions", lambda **_: [])
    with pytest.raises(ConfigurationError, match=r"skd_plugin can be imported here, but it is not .*`pip install \.`"):
        write_plugin(tmp_path)
