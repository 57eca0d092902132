"""Compares the installed packages with the declared requirements, and says in one message what to change."""

import os
import shlex
import sys
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from typing import Iterator, List, NamedTuple, NoReturn, Optional

DISTRIBUTION = "skd_plugin"
ALLENNLP = "allennlp==2.10.1"
HOST = (ALLENNLP, "cached-path>=1.8,<2")
"""What `skd_plugin.host` installs, and what our own metadata cannot ask for."""

OPTIONAL = ("torchvision", "fairscale")


class Problem(NamedTuple):
    """What is wrong, and what puts it right."""

    description: str
    remedy: str


NEW_ENVIRONMENT = """\
Make an environment with such a Python, and install skd_plugin there. For example:
  python3.12 -m venv .venv"""
INSTALLATION = """\
This command changes the packages:
  {python} -m skd_plugin.host
If another package needs the versions that are installed now, give skd_plugin an environment of its own."""
REMOVAL = """\
Install what belongs to torch {torch}, or remove it, because skd_plugin does not need it:
  pip uninstall {packages}    (or: uv pip uninstall {packages})"""


@contextmanager
def check_first() -> Iterator[None]:
    """Check the environment before anything inside is executed."""
    check()
    yield


def check() -> None:
    """Raise one readable error if skd_plugin cannot work in this environment."""
    problems = environment_problems()
    if problems:
        _refuse(problems)


def environment_problems() -> List[Problem]:
    """Everything that is wrong with this environment. Packages are tried only if all versions are right."""
    try:
        return [*_python_problems(), *_version_problems()] or _optional_package_problems()
    except ModuleNotFoundError as error:
        return [Problem(f"{error.name} is not installed", _installation())]


def _python_problems() -> List[Problem]:
    from packaging.specifiers import SpecifierSet

    supported = SpecifierSet(_declared("Requires-Python") or "")
    running = ".".join(map(str, sys.version_info[:3]))
    if running in supported:
        return []
    return [Problem(f"Python {running} is running, {supported} is needed", NEW_ENVIRONMENT)]


def _declared(field: str) -> Optional[str]:
    try:
        values = metadata(DISTRIBUTION).get_all(field) or [None]
        return values[0]
    except PackageNotFoundError:
        return None  # a checkout that was never installed declares nothing


def _version_problems() -> Iterator[Problem]:
    from packaging.requirements import Requirement

    for text in [*_requirements(), *HOST]:
        requirement = Requirement(text)
        installed = installed_version(requirement.name)
        if installed is None or not requirement.specifier.contains(installed, prereleases=True):
            state = f"{requirement.name} {installed or ''}".strip() + f" is {'' if installed else 'not '}installed"
            yield Problem(f"{state}, {requirement} is needed", _installation())


def _requirements() -> List[str]:
    try:
        return [text for text in requires(DISTRIBUTION) or [] if "extra ==" not in text]
    except PackageNotFoundError:
        return []


def installed_version(name: str) -> Optional[str]:
    """The version of a distribution, or None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _installation() -> str:
    return INSTALLATION.format(python=shlex.quote(sys.executable))


def _optional_package_problems() -> List[Problem]:
    errors = {package: _import_error(package) for package in OPTIONAL if installed_version(package)}
    broken = {package: error for package, error in errors.items() if error}
    remedy = REMOVAL.format(torch=installed_version("torch"), packages=" ".join(broken))
    return [
        Problem(f"{package} {installed_version(package)} is installed, but importing it fails: {error}", remedy)
        for package, error in broken.items()
    ]


def _import_error(package: str) -> Optional[Exception]:
    try:
        import_module(package)
    except Exception as error:  # a mismatched build may raise anything
        return error
    return None


def _refuse(problems: List[Problem]) -> NoReturn:
    lines = ["AllenNLP and skd_plugin cannot work in this environment:"]
    lines += [f"  - {problem.description}" for problem in problems]
    # In a new environment, the problems that come after a wrong Python are solved as well.
    lines += [problems[0].remedy, f"Python in use: {sys.executable}"]
    message = "\n".join(lines)
    raise SystemExit(message) if is_allennlp_command() else ImportError(message)


def is_allennlp_command() -> bool:
    """Whether this process is an `allennlp` command, or a worker of one."""
    script = os.path.basename(sys.argv[0]).partition(".")[0] if sys.argv else ""
    return script == "allennlp" or sys.orig_argv[1:3] == ["-m", "allennlp"]
