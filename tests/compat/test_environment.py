"""An unsuitable environment gives one message: what is installed, what is needed, what to run."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Callable

import pytest

from skd_plugin.compat import environment
from skd_plugin.compat.environment import check, environment_problems
from tests import PROJECT_ROOT
from tests.documents import text

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """`install(name, version, *metadata)`: metadata of a distribution, which hide those of the installed one."""

    def install(name: str, version: str, *metadata: str) -> None:
        folder = tmp_path / f"{name}-{version}.dist-info"
        folder.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata]
        (folder / "METADATA").write_text("\n".join(lines) + "\n")

    monkeypatch.syspath_prepend(tmp_path)
    return install


@pytest.fixture
def our_metadata(install: Install) -> None:
    """Those of this checkout, which may be newer than those that are installed."""
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = [f"Requires-Dist: {requirement}" for requirement in project["dependencies"]]
    install("skd_plugin", "0.1.0", f"Requires-Python: {project['requires-python']}", *requirements)


REMEDY = f"{sys.executable} -m skd_plugin.host"


def test_this_environment_works(our_metadata):
    assert environment_problems() == []


def test_allennlp_with_our_metadata_fits(install):
    install("allennlp", "2.10.1+skd.1")
    assert environment_problems() == []


@pytest.mark.parametrize(
    "name, version",
    [
        ("allennlp", "2.9.3"),
        ("huggingface_hub", "3.0.0"),
        ("numpy", "1.26.4"),
        ("spacy", "3.7.5"),
        ("spacy", "4.0.0"),
        ("torch", "1.12.1"),
        ("torch", "2.16.0"),
        ("transformers", "4.40.2"),
        ("transformers", "6.0.0"),
    ],
)
def test_unsuitable_version_is_named_with_its_remedy(our_metadata, install, name, version):
    install(name, version)
    with pytest.raises(ImportError) as refused:
        check()
    message = str(refused.value)
    assert f"  - {name} {version} is installed, {name}" in message and " is needed\n" in message
    assert REMEDY in message


def test_all_problems_are_listed_with_one_remedy(our_metadata, install):
    install("transformers", "6.0.0")
    install("numpy", "1.26.4")
    install("allennlp", "0.9.0")
    with pytest.raises(ImportError) as refused:
        check()
    assert str(refused.value).count("\n  - ") == 3 and str(refused.value).count(REMEDY) == 1


def test_the_documents_show_the_message():
    assert environment.INSTALLATION.format(python="/home/anna/.venv/bin/python") in text("docs/installing.md")


def test_missing_package_is_named(install):
    install("skd_plugin", "0.1.0", "Requires-Dist: no-such-jsonnet>=0.20")
    [problem] = environment_problems()
    assert problem.description == "no-such-jsonnet is not installed, no-such-jsonnet>=0.20 is needed"
    assert REMEDY in problem.remedy


def test_missing_allennlp_is_named(monkeypatch):
    monkeypatch.setattr(environment, "HOST", ["no-such-allennlp==2.10.1"])
    [problem] = environment_problems()
    assert problem.description.startswith("no-such-allennlp is not installed") and REMEDY in problem.remedy


def test_wrong_python_needs_another_environment(install):
    install("skd_plugin", "0.1.0", "Requires-Python: >=3.99", "Requires-Dist: no-such-jsonnet>=0.20")
    with pytest.raises(ImportError, match="is running, >=3.99 is needed\n  - no-such-jsonnet is not") as refused:
        check()
    assert "-m venv" in str(refused.value) and REMEDY not in str(refused.value)


def test_requirements_of_extras_are_not_asked_for(install):
    install("skd_plugin", "0.1.0", 'Requires-Dist: no-such-package; extra == "more"')
    assert environment_problems() == []


def test_packages_that_are_installed_but_broken_are_named(install, tmp_path):
    for name, message in [("torchvision", "operator torchvision::nms does not exist"), ("fairscale", "no amp")]:
        install(name, "0.28.0")
        (tmp_path / f"{name}.py").write_text(f"raise RuntimeError('{message}')")
    with pytest.raises(
        ImportError, match="torchvision 0.28.0 is installed, but importing it fails: operator"
    ) as refused:
        check()
    assert "pip uninstall torchvision fairscale " in str(refused.value)


@pytest.mark.parametrize("command", [["-m", "allennlp"], [str(Path(sys.executable).with_name("allennlp"))]])
def test_command_ends_with_the_message_and_no_traceback(install, tmp_path, command):
    install("allennlp", "2.9.3")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{PROJECT_ROOT}"}
    finished = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True)
    assert finished.returncode == 1
    assert finished.stderr.startswith("AllenNLP and skd_plugin cannot work in this environment:")
    assert "Traceback" not in finished.stderr
