"""Imports go one way only, without circles, and the mathematics needs neither AllenNLP nor spaCy."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Dict, List

import pytest

from tests import PROJECT_ROOT
from tests.import_graph import Import, SourceTree, child, common_package, is_inside

TREE = SourceTree(PROJECT_ROOT, ["skd_plugin", "demo", "benchmarks", "experiments"])

ARROWS: Dict[str, Dict[str, str]] = {
    "": {
        "skd_plugin": "",
        "benchmarks": "skd_plugin",
        "demo": "skd_plugin",
        "experiments": "benchmarks demo skd_plugin",
    },
    "skd_plugin": {
        "structures": "",
        "modules": "",
        "compat": "",
        "host": "",
        "data": "compat structures",
        "inputs": "compat data",
        "models": "compat modules structures",
        "archives": "compat data inputs models structures",
        "cards": "archives compat data models structures training",
        "predictors": "compat data models",
        "training": "compat",
        "distillation": "archives compat data models structures training",
        "serving": "archives cards compat data inputs models modules structures",
        "wheels": "archives cards compat serving",
        "projects": "data",
        "report": "archives compat data models structures",
        "doctor": "compat data distillation inputs models structures",
        "commands": "archives cards compat data distillation doctor inputs models projects report serving structures "
        "wheels",
    },
    "skd_plugin.structures": {
        "algebra": "",
        "kernels": "",
        "sequences": "algebra kernels",
        "spans": "algebra kernels",
        "trees": "algebra kernels",
        "projections": "algebra kernels sequences spans trees",
    },
    "skd_plugin.structures.kernels": dict.fromkeys(["chains", "spans", "trees"], "compiled log_space"),
    "skd_plugin.data": {
        "files": "",
        "tags": "files",
        "fields": "files",
        "readers": "fields files tags",
        "loaders": "files readers",
    },
    "skd_plugin.models": dict.fromkeys(["parsing", "tagging"], "gold labels structured_model"),
    "skd_plugin.distillation": {"annotation": "teachers", "objectives": "", "teachers": ""},
    "skd_plugin.distillation.teachers": {"models": "keys model"},
    "skd_plugin.distillation.teachers.models": {"gliner": "hub_folder positions", "soft_labels": "word_labels"},
    "skd_plugin.archives": {"screening": "", "pretrained": "screening"},
    "skd_plugin.serving": {"docs": "", "model": "docs", "components": "docs model"},
    "benchmarks": {
        "peers": "conversion problems second_order_problems second_order_reference span_problems tree_problems "
        "workload",
        "scale": "machine markdown pinning",
        "serving": "machine markdown pinning timing",
    },
    "experiments": {"numerical_stability": "", "soak": ""},
}
"""
What each package may import of the files and packages beside it, by the package that contains them all; "" is the
repository. A file beside packages may import any of them that does not lead back to it.
"""

PUBLIC = "skd_plugin.structures"
"""All others import the names that this package exports, and none of its modules."""

LIBRARIES = {
    PUBLIC: {"numba", "numpy", "torch"},
    "skd_plugin.serving.docs": {"numpy", "spacy"},
}
"""The only libraries of others that a package imports."""

FORBIDDEN = {"skd_plugin.serving.model": {"spacy"}}

AT_IMPORT = {
    "skd_plugin.serving.components": {
        "numpy",
        "spacy",
        "skd_plugin.serving.components",
        "skd_plugin.serving.docs",
    },
}
"""What is imported when a package is; everything else it imports late, in the functions that need it."""

# SciPy is for numba's matrix products; those in the second line are what torch itself needs.
MATHEMATICS = """
import sys
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
needed = {"skd_plugin", "torch", "torchgen", "numpy", "numba", "llvmlite", "scipy"}
needed |= {"filelock", "fsspec", "jinja2", "markupsafe", "mpmath", "networkx", "sympy", "typing_extensions"}

class OnlyWhatIsNeeded(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in needed | sys.stdlib_module_names or name.startswith("_sysconfigdata"):
            return super().find_spec(name, path, target)

sys.meta_path[:] = [BuiltinImporter, FrozenImporter, OnlyWhatIsNeeded]
import torch
from skd_plugin.structures import LinearChain, MaxEnt, cross_entropy

labels, mask = ("A", "B"), torch.ones(1, 3, dtype=torch.bool)
teacher = LinearChain(torch.randn(1, 3, 2), torch.randn(2, 2), torch.randn(2), torch.randn(2), mask, labels)
scores = torch.randn(1, 3, 2, requires_grad=True)
cross_entropy(teacher, MaxEnt(scores, mask, labels)).sum().backward()
assert scores.grad.abs().sum() > 0
assert not {"allennlp", "spacy", "transformers"} & set(sys.modules)
"""


def wrong_arrows(tree: SourceTree, arrows: Dict[str, Dict[str, str]]) -> List[Import]:
    """The imports that go another way than the arrows."""
    wrong = []
    for one in tree.imports:
        package = common_package(one)
        allowed = arrows.get(package, {}).get(child(one.importer, package))
        if allowed is not None and child(one.imported, package) not in allowed.split():
            wrong.append(one)
    return wrong


def undeclared_libraries(tree: SourceTree, package: str, allowed: set, at_import: bool = False) -> List[str]:
    """What the files of a package import beside the standard library and the allowed, as `file: name`."""
    return [
        f"{module}: {statement.name}"
        for module in tree.inside(package)
        for statement in tree.statements[module]
        if not (at_import and statement.is_late)
        and statement.name.partition(".")[0] not in sys.stdlib_module_names
        and not any(is_inside(statement.name, name) for name in allowed)
    ]


def test_imports_follow_the_arrows():
    wrong = wrong_arrows(TREE, ARROWS)
    assert not wrong, f"imports that ARROWS does not allow:\n{TREE.chain(wrong)}"


def test_every_package_has_its_arrows_declared():
    declared = {package: sorted(arrows) for package, arrows in ARROWS.items()}
    assert declared == {package: sorted(names) for package, names in TREE.subpackages().items()}


@pytest.mark.parametrize("package", sorted(ARROWS))
def test_arrows_lead_to_what_exists(package):
    allowed = {name for names in ARROWS[package].values() for name in names.split()}
    assert allowed <= set(TREE.children(package)), "remove from ARROWS what is no longer there"


def test_no_circles_between_files():
    circles = TREE.circles_of_files()
    assert not circles, "files import each other in a circle:\n" + "\n\n".join(map(TREE.chain, circles))


def test_no_circles_between_packages():
    circles = TREE.circles_of_packages()
    assert not circles, "packages import each other in a circle:\n" + "\n\n".join(map(TREE.chain, circles))


def test_all_others_import_only_what_the_structures_export():
    wrong = [
        one
        for one in TREE.imports
        if is_inside(one.imported, PUBLIC) and one.imported != PUBLIC and not is_inside(one.importer, PUBLIC)
    ]
    assert not wrong, f"import from {PUBLIC} itself, and export there what is missing:\n{TREE.chain(wrong)}"


@pytest.mark.parametrize("package", sorted(LIBRARIES))
def test_only_these_libraries(package):
    allowed = LIBRARIES[package] | {"skd_plugin"}
    assert not undeclared_libraries(TREE, package, allowed), f"{package} needs only {sorted(LIBRARIES[package])}"


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_not_these_libraries(package):
    libraries = {stated.name.partition(".")[0] for name in TREE.inside(package) for stated in TREE.statements[name]}
    assert libraries.isdisjoint(FORBIDDEN[package])


@pytest.mark.parametrize("package", sorted(AT_IMPORT))
def test_everything_else_is_imported_late(package):
    early = undeclared_libraries(TREE, package, AT_IMPORT[package], at_import=True)
    assert not early, f"import these in the functions that need them: {early}"


@pytest.mark.parametrize("module", ["skd_plugin", "skd_plugin.compat"])
def test_what_every_interpreter_imports_at_its_start_is_empty(module):
    body = ast.parse(TREE.files[module].read_text(encoding="utf-8")).body
    assert not [node for node in body[1:] if not isinstance(node, ast.Assign)], "keep it to the docstring"


@pytest.mark.slow
def test_mathematics_needs_torch_numpy_and_numba_alone():
    subprocess.run([sys.executable, "-c", MATHEMATICS], check=True, cwd=PROJECT_ROOT)


def source_tree(folder: Path, sources: Dict[str, str]) -> SourceTree:
    """A package `house` of files with these paths and contents, and with the `__init__.py` that they need."""
    for path, source in {"__init__.py": "", **sources}.items():
        file = folder / "house" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / "__init__.py").touch()
        file.write_text(source)
    return SourceTree(folder, ["house"])


def test_a_wrong_arrow_is_found_in_a_function_and_named(tmp_path):
    tree = source_tree(tmp_path, {"low/a.py": "def late():\n    from house.high import b\n", "high/b.py": ""})
    assert wrong_arrows(tree, {"house": {"low": "high", "high": ""}}) == []
    wrong = wrong_arrows(tree, {"house": {"low": "", "high": "low"}})
    assert tree.chain(wrong) == "  house/low/a.py imports house/high/b.py"


def test_a_circle_of_files_is_found_and_named(tmp_path):
    late = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.a import name\n"
    tree = source_tree(
        tmp_path,
        {"a.py": "import house.b\n", "b.py": "from house import c\n", "c.py": late, "d.py": "import house.a\n"},
    )
    [circle] = tree.circles_of_files()
    assert tree.chain(circle) == (
        "  house/a.py imports house/b.py\n  house/b.py imports house/c.py\n  house/c.py imports house/a.py"
    )


def test_a_circle_of_packages_without_one_of_files_is_found_and_named(tmp_path):
    tree = source_tree(
        tmp_path,
        {"x/a.py": "import house.y.a\n", "x/b.py": "", "y/a.py": "", "y/b.py": "from house.x.b import name\n"},
    )
    assert tree.circles_of_files() == []
    [circle] = tree.circles_of_packages()
    assert tree.chain(circle) == "  house/x/a.py imports house/y/a.py\n  house/y/b.py imports house/x/b.py"


def test_a_file_that_imports_its_own_package_closes_a_circle(tmp_path):
    tree = source_tree(tmp_path, {"x/__init__.py": "from house.x import a\n", "x/a.py": "from house.x import name\n"})
    [circle] = tree.circles_of_files()
    assert (
        tree.chain(circle) == "  house/x/__init__.py imports house/x/a.py\n  house/x/a.py imports house/x/__init__.py"
    )


def test_libraries_are_found(tmp_path):
    tree = source_tree(tmp_path, {"a.py": "import os\nimport numpy.random\ndef late():\n    import spacy\n"})
    assert undeclared_libraries(tree, "house", {"numpy"}) == ["house.a: spacy"]
    assert undeclared_libraries(tree, "house", {"numpy"}, at_import=True) == []
    assert undeclared_libraries(tree, "house", set(), at_import=True) == ["house.a: numpy.random"]


def test_a_package_without_arrows_is_found(tmp_path):
    tree = source_tree(tmp_path, {"x/a.py": "", "x/y/b.py": ""})
    assert tree.subpackages() == {"": ["house"], "house": ["x"], "house.x": ["y"]}
