"""Wheels of packages that are installed here, which need neither a checkout nor a network."""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Dict

from allennlp.common.checks import ConfigurationError

from skd_plugin.compat.environment import DISTRIBUTION
from skd_plugin.wheels.wheel_file import Metadata, write_wheel

STARTUP_FILE = "skd_plugin.pth"
_ALLENNLP = "allennlp"
_LOCAL = "skd"
_NOTICE = f"*Modified by {DISTRIBUTION}: the requirements in the metadata were replaced. The code is unchanged.*"


def write_plugin(folder: Path) -> Path:
    """The wheel of this plugin, as it is installed: also from an editable installation."""
    installed = _find(DISTRIBUTION)
    files = {STARTUP_FILE: Path(str(installed.locate_file(STARTUP_FILE))), **_package(DISTRIBUTION)}
    return write_wheel(folder, _metadata(installed), files, _info(installed))


def write_allennlp(folder: Path) -> Path:
    """The wheel of AllenNLP, as it is installed, with metadata that are true beside this plugin."""
    installed = _find(_ALLENNLP)
    return write_wheel(folder, true_metadata(_metadata(installed)), _package(_ALLENNLP), _info(installed))


def true_metadata(released: Metadata) -> Metadata:
    """
    The metadata of AllenNLP as they are beside this plugin.

    Those of its last release ask for torch < 1.13 and other versions of long ago, and no resolver would go on. Here it
    asks for this plugin alone, which declares what it needs. A local version tells the copy from the release, and takes
    precedence over it. Metadata of such a copy stay as they are.
    """
    release, _, local = released.version.partition("+")
    if local.startswith(_LOCAL):
        return released
    version = f"{release}+{_LOCAL}"
    fields, _, description = released.text.partition("\n\n")
    # A field goes on in lines that are indented.
    fields = re.sub(r"^(?:Requires-Dist|Provides-Extra):.*\n(?:[ \t].*\n)*", "", f"{fields}\n", flags=re.M)
    fields = re.sub(r"^Version:.*$", f"Version: {version}", fields, flags=re.M)
    text = f"{fields}Requires-Dist: {DISTRIBUTION}\n\n{_NOTICE}\n\n{description}"
    return Metadata(released.name, version, text)


def _find(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as error:
        raise ConfigurationError(
            f"{name} can be imported here, but it is not installed, and only what is installed has the metadata that a "
            f"wheel needs. Install it in this environment, for a checkout with `pip install .` in its folder."
        ) from error


def _metadata(installed: Distribution) -> Metadata:
    return Metadata(installed.metadata["Name"], installed.version, installed.read_text("METADATA") or "")


def _package(name: str) -> Dict[str, Path]:
    """The files of an imported package, by their paths in site-packages."""
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None
    folder = Path(spec.origin).parent
    files = (file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {file.relative_to(folder.parent).as_posix(): file for file in files}


def _info(installed: Distribution) -> Dict[str, bytes]:
    """Entry points and licences."""
    texts = {name: installed.read_text(name) for name in ("entry_points.txt", "top_level.txt")}
    info = {name: text.encode() for name, text in texts.items() if text}
    for file in installed.files or []:
        if file.parts[0].endswith(".dist-info") and file.name.startswith(("LICENSE", "NOTICE")):
            info["/".join(file.parts[1:])] = file.read_binary()
    return info
