"""An unsuitable environment gives one message: what is installed, what is needed, what to run."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest

from skd_plugin.compat.environment import check, environment_problems
from tests import PROJECT_ROOT

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


def test_this_environment_works():
    assert environment_problems() == []


@pytest.mark.parametrize(
    "name, version, description, remedy",
    [
        (
            "transformers",
            "4.50.0",
            "transformers 4.50.0 is installed, transformers<4.50",
            "pip install 'transformers",
        ),
        (
            "huggingface_hub",
            "1.2.0",
            "huggingface_hub 1.2.0 is installed, huggingface_hub<1",
            "huggingface_hub",
        ),
        ("torch", "1.12.1", "torch 1.12.1 is installed, torch<2.14,>=2.6 is needed", "pip install 'torch"),
        ("allennlp", "2.9.3", "allennlp 2.9.3 is installed", "pip install --no-deps 'allennlp==2.10.1'"),
    ],
)
def test_unsuitable_version_is_named_with_its_remedy(install, name, version, description, remedy):
    install("skd_plugin", "0.1.0", *OUR_METADATA)
    install(name, version)
    with pytest.raises(ImportError) as refused:
        check()
    assert description in str(refused.value) and remedy in str(refused.value)
    assert sys.executable in str(refused.value)


OUR_METADATA = [
    "Requires-Python: >=3.11,<3.13",
    "Requires-Dist: transformers<4.50,>=4.44",
    "Requires-Dist: huggingface_hub<1,>=0.16",
    "Requires-Dist: torch<2.14,>=2.6",
]


def test_missing_package_is_named(install):
    install("skd_plugin", "0.1.0", "Requires-Dist: no-such-jsonnet>=0.20")
    [problem] = environment_problems()
    assert problem.description == "no-such-jsonnet is not installed, no-such-jsonnet>=0.20 is needed"
    assert problem.remedy == "pip install 'no-such-jsonnet>=0.20'"


def test_wrong_python_is_named(install):
    install("skd_plugin", "0.1.0", "Requires-Python: >=3.99")
    [problem] = environment_problems()
    assert problem.description.endswith("is running, >=3.99 is needed")


def test_requirements_of_extras_are_not_asked_for(install):
    install("skd_plugin", "0.1.0", 'Requires-Dist: no-such-package; extra == "more"')
    assert environment_problems() == []


def test_package_that_is_installed_but_broken_is_named(install, tmp_path):
    install("torchvision", "0.28.0")
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('operator torchvision::nms does not exist')")
    [problem] = environment_problems()
    assert "torchvision 0.28.0 is installed, but importing it fails: operator" in problem.description
    assert problem.remedy.startswith("pip uninstall torchvision")


@pytest.mark.parametrize("command", [["-m", "allennlp"], [str(Path(sys.executable).with_name("allennlp"))]])
def test_command_ends_with_the_message_and_no_traceback(install, tmp_path, command):
    install("allennlp", "2.9.3")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{PROJECT_ROOT}"}
    finished = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True)
    assert finished.returncode == 1
    assert finished.stderr.startswith("AllenNLP and skd_plugin cannot work in this environment:")
    assert "Traceback" not in finished.stderr
