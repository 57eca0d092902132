"""Checks the wheel and the source distribution that are to be published: `python -m tools.check_distributions dist`."""

import email
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Iterator, Set

from packaging.metadata import Metadata

from tools.kernel_cache import PROJECT_ROOT

STARTUP_FILE = "skd_plugin.pth"
ENTRY_POINTS = ("[spacy_factories]", "[spacy_scorers]")
ONLY_IN_SOURCES = ("LICENSE", "README.md", "pyproject.toml", "setup.py", STARTUP_FILE)


def main(folder: str) -> None:
    problems = list(problems_in(Path(folder)))
    if problems:
        raise SystemExit("\n".join(["The distributions are not fit to be published:", *problems]))
    print("The distributions are complete:", *sorted(file.name for file in Path(folder).iterdir()))


def problems_in(folder: Path, root: Path = PROJECT_ROOT) -> Iterator[str]:
    """What is wrong with the distributions of a checkout, one sentence each."""
    wheels, sources = list(folder.glob("*.whl")), list(folder.glob("*.tar.gz"))
    if len(wheels) != 1 or len(sources) != 1:
        yield f"{folder} has {len(wheels)} wheels and {len(sources)} source distributions, expected one of each."
        return
    package = {file.relative_to(root).as_posix() for file in package_files(root)}
    yield from _problems_of_wheel(wheels[0], package)
    yield from _problems_of_sources(sources[0], package)


def package_files(root: Path) -> Set[Path]:
    files = (file for file in (root / "skd_plugin").rglob("*") if file.is_file())
    return {file for file in files if "__pycache__" not in file.parts}


def _problems_of_wheel(wheel: Path, package: Set[str]) -> Iterator[str]:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        info = next(name.split("/")[0] for name in names if name.endswith(".dist-info/METADATA"))
        yield from _problems_of_metadata(archive.read(f"{info}/METADATA"))
        entry_points = archive.read(f"{info}/entry_points.txt").decode() if f"{info}/entry_points.txt" in names else ""
    expected = package | {STARTUP_FILE, f"{info}/licenses/LICENSE"}
    yield from _missing(wheel, expected - names)
    extra = {name for name in names - expected if not name.startswith(f"{info}/")}
    yield from (f"{wheel.name} contains {name}, which is not part of the package." for name in sorted(extra))
    yield from (f"{wheel.name} has no entry points {group}." for group in ENTRY_POINTS if group not in entry_points)


def _problems_of_metadata(raw: bytes) -> Iterator[str]:
    try:
        metadata = Metadata.from_email(raw, validate=True)
    except ExceptionGroup as group:
        yield from (f"The metadata are not valid: {error}" for error in group.exceptions)
        return
    if metadata.license_expression != "Apache-2.0":
        yield f"The licence is {metadata.license_expression}, expected Apache-2.0."
    if metadata.description_content_type != "text/markdown" or not email.message_from_bytes(raw).get_payload():
        yield "The description is not the README."


def _problems_of_sources(sources: Path, package: Set[str]) -> Iterator[str]:
    with tarfile.open(sources) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    yield from _missing(sources, (package | {*ONLY_IN_SOURCES}) - names)


def _missing(distribution: Path, names: Set[str]) -> Iterator[str]:
    yield from (f"{distribution.name} lacks {name}." for name in sorted(names))


if __name__ == "__main__":
    main(*sys.argv[1:])
