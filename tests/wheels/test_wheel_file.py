"""Wheels are what installers accept, and are the same for the same content."""

import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

from skd_plugin.wheels.wheel_file import Metadata, write_wheel

TEXT = "Metadata-Version: 2.1\nName: Odd-Name\nVersion: 1.0+local\nAuthor: José\nRequires-Dist: spacy\n\nRead me.\n"


def test_pip_installs_it(tmp_path: Path):
    (tmp_path / "source.py").write_text("x = 'ß'\n", encoding="utf-8")
    files = {"odd/__init__.py": tmp_path / "source.py", 'odd/a, "b".txt': tmp_path / "source.py"}
    metadata = Metadata("Odd-Name", "1.0+local", TEXT)
    wheel = write_wheel(tmp_path, metadata, files, {"entry_points.txt": b"[spacy_models]\nodd = odd\n"})
    assert wheel.name == "odd_name-1.0+local-py3-none-any.whl"
    first = wheel.read_bytes()
    assert write_wheel(tmp_path, metadata, files, {"entry_points.txt": b"[spacy_models]\nodd = odd\n"}) == wheel
    assert wheel.read_bytes() == first
    options = ["--quiet", "--no-index", "--no-deps", "--target", tmp_path / "site"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, wheel], check=True)
    assert (tmp_path / "site" / 'odd/a, "b".txt').read_text(encoding="utf-8") == "x = 'ß'\n"
    [installed] = distributions(path=[str(tmp_path / "site")])
    assert (installed.metadata["Author"], installed.version, installed.requires) == ("José", "1.0+local", ["spacy"])
    assert [point.name for point in installed.entry_points] == ["odd"]
    assert {str(file) for file in installed.files or []} >= files.keys()
