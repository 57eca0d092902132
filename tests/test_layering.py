"""Imports go one way only, and the mathematics needs neither AllenNLP nor spaCy."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Iterator

import pytest

from skd_plugin import structures
from tests import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "skd_plugin"
ALLOWED = {
    "structures": set(),
    "modules": set(),
    "compat": set(),
    "archives": {"compat", "data", "models", "structures"},
    "data": {"compat", "structures"},
    "models": {"compat", "modules", "structures"},
    "predictors": {"compat", "data", "models"},
    "training": {"compat"},
    "distillation": {"archives", "compat", "data", "models", "structures", "training"},
    "serving": {"lazy_packages", "archives", "compat", "data", "models", "structures"},
}
"""What the files of a package may import of skd_plugin, beside their own package. `commands` may import anything."""

ROOMS = {
    "data": {
        "files": set(),
        "options": set(),
        "tags": {"files", "options"},
        "fields": {"files"},
        "readers": {"fields", "files", "options", "tags"},
    },
    "models": {
        "labels": set(),
        "gold": set(),
        "structured_model": {"gold"},
        "tagging": {"gold", "labels", "structured_model"},
        "parsing": {"gold", "labels", "structured_model"},
    },
}
"""What the rooms of a package may import of each other. No room imports the package itself, which imports them all."""

USERS_OF_THE_PUBLIC_NAMES = ["data", "models", "modules", "predictors"]
"""What imports of `skd_plugin.structures` only the names in its `__all__`."""

MATHEMATICS_IMPORTS = {"numba", "numpy", "skd_plugin", "torch"} | sys.stdlib_module_names
WITHOUT_GLUE = "import sys; sys.modules.update(allennlp=None, spacy=None); import skd_plugin.structures"


def imported_modules(file: Path) -> Iterator[str]:
    """Full names of what a file imports, wherever in the file; `from a import b` counts as `a.b`."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import in line {node.lineno}; write the full name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_packages_imported(file: Path) -> set:
    names = (name.split(".") for name in imported_modules(file))
    return {parts[1] for parts in names if parts[0] == "skd_plugin" and len(parts) > 1}


@pytest.mark.parametrize("package", sorted(ALLOWED))
def test_imports_follow_the_arrows(package):
    allowed = ALLOWED[package] | {package}
    wrong = {
        str(file.relative_to(PROJECT_ROOT)): sorted(own_packages_imported(file) - allowed)
        for file in (PACKAGE / package).rglob("*.py")
    }
    assert not {file: names for file, names in wrong.items() if names}, f"{package} may import only {allowed}"


def test_every_package_has_its_arrows_declared():
    packages = {init.parent.name for init in PACKAGE.glob("*/__init__.py")}
    assert packages - {"commands"} <= set(ALLOWED), "say in ALLOWED what the new package may import"


def rooms_imported(file: Path, package: str) -> set:
    names = (name.split(".") for name in imported_modules(file))
    return {parts[2] for parts in names if parts[:2] == ["skd_plugin", package] and len(parts) > 2}


@pytest.mark.parametrize("package, room", [(package, room) for package in ROOMS for room in ROOMS[package]])
def test_rooms_follow_the_arrows(package, room):
    place = PACKAGE / package / room
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
    wrong = {file.name: rooms_imported(file, package) - ROOMS[package][room] - {room} for file in files}
    assert not {file: names for file, names in wrong.items() if names}, f"{package}.{room} may not import these"


@pytest.mark.parametrize("package", ROOMS)
def test_every_room_has_its_arrows_declared(package):
    rooms = {path.stem for path in (PACKAGE / package).iterdir() if not path.name.startswith("__")}
    assert rooms == ROOMS[package].keys(), "say in ROOMS what the new room may import"


@pytest.mark.parametrize("package", USERS_OF_THE_PUBLIC_NAMES)
def test_only_public_names_of_structures_are_imported(package):
    public = {f"skd_plugin.structures.{name}" for name in structures.__all__}
    wrong = {
        str(file.relative_to(PROJECT_ROOT)): sorted(
            name for name in imported_modules(file) if name.startswith("skd_plugin.structures") and name not in public
        )
        for file in (PACKAGE / package).rglob("*.py")
    }
    assert not {file: names for file, names in wrong.items() if names}, "import from skd_plugin.structures itself"


@pytest.mark.parametrize("file", sorted((PACKAGE / "structures").rglob("*.py")), ids=lambda file: file.stem)
def test_mathematics_imports_only_torch_numpy_and_numba(file):
    assert {name.partition(".")[0] for name in imported_modules(file)} <= MATHEMATICS_IMPORTS


def test_mathematics_runs_without_allennlp_and_spacy():
    subprocess.run([sys.executable, "-c", WITHOUT_GLUE], check=True, cwd=PROJECT_ROOT)


def test_an_arrow_the_wrong_way_is_found(tmp_path):
    file = tmp_path / "wrong.py"
    file.write_text(
        "def late():\n    from skd_plugin.models import CrfTagger\n    import skd_plugin.data.readers.text\n"
    )
    assert own_packages_imported(file) == {"models", "data"}
