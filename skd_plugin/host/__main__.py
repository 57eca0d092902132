"""Installs AllenNLP beside this plugin: `python -m skd_plugin.host`."""

import argparse
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import List, Sequence

DESCRIPTION = """
Installs AllenNLP 2.10.1, and brings the packages that it and skd_plugin need to versions that fit. Runs pip, or uv
where there is no pip; other options are passed on.
"""
PROJECTS = [str(path.parent) for path in sorted(Path(__file__).parent.glob("*/pyproject.toml"))]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m skd_plugin.host", description=DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--wheels", metavar="FOLDER", type=Path, help="take the released wheels from this folder")
    known, options = parser.parse_known_args(arguments)
    if known.wheels:
        options += ["-C", f"wheels={known.wheels.absolute()}"]
    command = [*_install(), *PROJECTS, *options]
    print("$", shlex.join(command), flush=True)
    return subprocess.call(command)


def _install() -> List[str]:
    """The start of the command that installs packages for this Python."""
    try:
        version("skd_plugin")
    except PackageNotFoundError:
        checkout = Path(__file__).parents[2]
        raise SystemExit(
            f"skd_plugin is not installed for {sys.executable}. First run: pip install {shlex.quote(str(checkout))}"
        ) from None
    if find_spec("pip"):
        return [sys.executable, "-m", "pip", "install"]
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--python", sys.executable]
    raise SystemExit(
        f"There is no pip for {sys.executable}, and no uv on the PATH. Install one of them, or install these folders "
        f"with another tool: {shlex.join(PROJECTS)}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
