"""The wheels of the plugin and of AllenNLP have all that is installed, and metadata that hold together."""

import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import allennlp
import pytest
from allennlp.common.checks import ConfigurationError
from packaging.metadata import Metadata

from skd_plugin.wheels import installed
from skd_plugin.wheels.installed import write_allennlp, write_plugin
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
    assert read(wheel, "METADATA").decode() == distribution("skd_plugin").read_text("METADATA")
    assert b"skd_ner" in read(wheel, "entry_points.txt") and b"Apache" in read(wheel, "licenses/LICENSE")


def test_allennlp_asks_for_nothing(tmp_path: Path):
    wheel = write_allennlp(tmp_path)
    metadata = Metadata.from_email(read(wheel, "METADATA"), validate=False)
    assert (metadata.name, str(metadata.version)) == ("allennlp", "2.10.1+skd")
    assert not metadata.requires_dist and not metadata.provides_extra and str(metadata.requires_python) == ">=3.7.1"
    assert "requirements were taken out" in metadata.description and "Apache 2.0" in metadata.description
    assert b"allennlp.__main__" in read(wheel, "entry_points.txt") and b"Apache" in read(wheel, "LICENSE")
    folder = Path(allennlp.__file__).parent
    assert names(wheel) >= {file.relative_to(folder.parent).as_posix() for file in folder.rglob("*.py")}


def test_a_checkout_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(installed, "distribution", missing)
    with pytest.raises(ConfigurationError, match=r"skd_plugin can be imported here, but it is not .*`pip install \.`"):
        write_plugin(tmp_path)
