"""Wheels of packages that are installed here, which need neither a checkout nor a network."""

import re
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Dict, List

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


def write_copies(folder: Path) -> List[Path]:
    """
    The wheels of AllenNLP, with metadata that are true beside this plugin, and of every other package that is installed
    here as such a copy of its release.
    """
    names = {_ALLENNLP, *(one.metadata["Name"] for one in distributions() if _is_copy(one.version))}
    copies = {name: _find(name) for name in sorted(names)}
    return [
        write_wheel(folder, true_metadata(_metadata(copy)), _package(name.replace("-", "_")), _info(copy))
        for name, copy in copies.items()
    ]


def true_metadata(released: Metadata) -> Metadata:
    """
    The metadata of AllenNLP as they are beside this plugin.

    Those of its last release ask for torch < 1.13 and other versions of long ago, and no resolver would go on. Here it
    asks for this plugin, which declares what it needs. A local version tells the copy from the release, and takes
    precedence over it. The metadata of such a copy stay as they are.
    """
    if _is_copy(released.version):
        return released
    version = f"{released.version.partition('+')[0]}+{_LOCAL}"
    fields, _, description = released.text.partition("\n\n")
    # A field goes on in lines that are indented.
    fields = re.sub(r"^(?:Requires-Dist|Provides-Extra):.*\n(?:[ \t].*\n)*", "", f"{fields}\n", flags=re.M)
    fields = re.sub(r"^Version:.*$", f"Version: {version}", fields, flags=re.M)
    needed = "".join(f"Requires-Dist: {name}\n" for name in ("cached-path", DISTRIBUTION))
    text = f"{fields}{needed}\n{_NOTICE}\n\n{description}"
    return Metadata(released.name, version, text)


def _is_copy(version: str) -> bool:
    return version.partition("+")[2].startswith(_LOCAL)


def _find(name: str) -> Distribution:
    # A build leaves a folder .egg-info in a checkout, which is found first there, and has other files.
    installed = next((one for one in distributions(name=name) if one.read_text("METADATA")), None)
    if installed is None:
        raise ConfigurationError(
            f"{name} can be imported here, but it is not installed, and only what is installed has the metadata that a "
            "wheel needs. Install it in this environment, for a checkout with `pip install .` in its folder."
        )
    return installed


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
