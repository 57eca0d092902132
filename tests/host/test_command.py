"""`python -m skd_plugin.host` calls the program that installs packages in its environment."""

import sys
from pathlib import Path
from typing import Callable, List, Optional

import pytest

from skd_plugin.host import __main__ as command

Run = Callable[..., List[str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """`run(*arguments, pip, uv)`: what is called where there is pip, or uv at this path."""

    def run(*arguments: str, pip: bool = True, uv: Optional[str] = None) -> List[str]:
        calls: List[List[str]] = []
        monkeypatch.setattr(command, "find_spec", lambda name: object() if pip else None)
        monkeypatch.setattr(command.shutil, "which", lambda name: uv)
        monkeypatch.setattr(command.subprocess, "call", lambda words: calls.append(words) or 7)
        assert command.main(arguments) == 7
        [words] = calls
        return words

    return run


def test_pip_installs_the_projects(run):
    assert run() == [sys.executable, "-m", "pip", "install", *command.PROJECTS]
    assert all(Path(folder, "pyproject.toml").is_file() for folder in command.PROJECTS)


def test_uv_installs_them_where_there_is_no_pip(run):
    words = run(pip=False, uv="/bin/uv")
    assert words == ["/bin/uv", "pip", "install", "--python", sys.executable, *command.PROJECTS]


def test_options_are_passed_on(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = run("--no-index", "--wheels", "wheels")
    assert words[-3:] == ["--no-index", "-C", f"wheels={tmp_path / 'wheels'}"]


def test_without_either_it_says_what_to_do(run):
    with pytest.raises(SystemExit, match=f"no pip for {sys.executable}, and no uv on the PATH. Install one") as refused:
        run(pip=False)
    assert command.PROJECTS[0] in str(refused.value)


def test_the_plugin_has_to_be_installed_first(run, monkeypatch):
    def version(name: str) -> str:
        raise command.PackageNotFoundError(name)

    monkeypatch.setattr(command, "version", version)
    with pytest.raises(SystemExit, match="skd_plugin is not installed for .* First run: pip install /"):
        run()
