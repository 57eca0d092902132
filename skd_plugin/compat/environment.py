"""Compares the installed packages with what this distribution declares, and says in one message what to change."""

import os
import sys
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from typing import Iterator, List, NamedTuple, NoReturn, Optional

DISTRIBUTION = "skd_plugin"
ALLENNLP = "allennlp==2.10.1"
OPTIONAL = ("torchvision", "fairscale")


class Problem(NamedTuple):
    """What is wrong, and the command that puts it right."""

    found: str
    remedy: str


@contextmanager
def checked() -> Iterator[None]:
    """Refuse to go on if AllenNLP cannot work here."""
    check()
    yield


def check() -> None:
    """Raise one readable error if the environment is not one in which skd_plugin works."""
    problems = environment_problems()
    if problems:
        _refuse(problems)


def environment_problems() -> List[Problem]:
    """Everything that is wrong, the versions first: a package is tried only if what it builds on is right."""
    try:
        return [*_python_problems(), *_version_problems()] or _broken_optional_packages()
    except ModuleNotFoundError as error:
        return [Problem(f"{error.name} is not installed", f"pip install {error.name}")]


def _python_problems() -> List[Problem]:
    from packaging.specifiers import SpecifierSet

    supported = SpecifierSet(_declared("Requires-Python") or "")
    running = ".".join(map(str, sys.version_info[:3]))
    if running in supported:
        return []
    return [Problem(f"Python {running} is running, {supported} is needed", "make install PYTHON=python3.12")]


def _declared(field: str) -> Optional[str]:
    try:
        return metadata(DISTRIBUTION)[field]
    except PackageNotFoundError:
        return None  # run from a checkout that was never installed: nothing is declared


def _version_problems() -> Iterator[Problem]:
    from packaging.requirements import Requirement

    for text in [*_requirements(), ALLENNLP]:
        requirement = Requirement(text)
        installed = installed_version(requirement.name)
        if installed is None or not requirement.specifier.contains(installed, prereleases=True):
            found = f"{requirement.name} {installed or ''}".strip() + f" is {'' if installed else 'not '}installed"
            yield Problem(f"{found}, {requirement} is needed", _pip_install(text))


def _requirements() -> List[str]:
    try:
        return [text for text in requires(DISTRIBUTION) or [] if "extra ==" not in text]
    except PackageNotFoundError:
        return []


def installed_version(name: str) -> Optional[str]:
    """The version of an installed distribution, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _pip_install(requirement: str) -> str:
    # AllenNLP's own metadata ask for torch < 1.13: pip must not look at them.
    return f"pip install {'--no-deps ' if requirement == ALLENNLP else ''}'{requirement}'"


def _broken_optional_packages() -> List[Problem]:
    return [problem for package in OPTIONAL if installed_version(package) for problem in _broken(package)]


def _broken(package: str) -> List[Problem]:
    try:
        import_module(package)
    except Exception as error:  # a mismatched build fails in any way it likes
        found = f"{package} {installed_version(package)} is installed, but importing it fails: {error}"
        return [Problem(found, f"pip uninstall {package}   (skd_plugin does not need it)")]
    return []


def _refuse(problems: List[Problem]) -> NoReturn:
    lines = ["AllenNLP and skd_plugin cannot work in this environment:"]
    for problem in problems:
        lines += [f"  - {problem.found}", f"      {problem.remedy}"]
    lines.append(f"Python in use: {sys.executable}")
    message = "\n".join(lines)
    raise SystemExit(message) if _is_allennlp_command() else ImportError(message)


def _is_allennlp_command() -> bool:
    script = os.path.basename(sys.argv[0]).partition(".")[0] if sys.argv else ""
    return script == "allennlp" or sys.orig_argv[1:3] == ["-m", "allennlp"]
