"""Which file of a source tree imports which: read from the syntax, so that late imports count and nothing is run."""

import ast
from collections import deque
from functools import cached_property
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

FACE = "__init__"
"""Stands for a package's own `__init__.py` among the package's children."""


class Statement(NamedTuple):
    """The full name of what is imported, `a.b` for `from a import b`; `is_late` in functions and for type checking."""

    name: str
    is_late: bool


class Import(NamedTuple):
    """One file of the tree imports another; both are named as modules."""

    importer: str
    imported: str


class SourceTree:
    """The Python files of some packages that lie in one folder."""

    def __init__(self, root: Path, packages: Sequence[str]) -> None:
        self._root = root
        files = [file for package in packages for file in sorted((root / package).rglob("*.py"))]
        self.files: Dict[str, Path] = {_module_name(file.relative_to(root)): file for file in files}
        self.statements: Dict[str, List[Statement]] = {
            name: list(_statements(file)) for name, file in self.files.items()
        }

    @cached_property
    def imports(self) -> List[Import]:
        """Imports of the tree's own files, without repetitions."""
        pairs = (
            (name, self.file_of(stated.name)) for name, all_stated in self.statements.items() for stated in all_stated
        )
        return [Import(name, imported) for name, imported in dict.fromkeys(pairs) if imported is not None]

    def file_of(self, name: str) -> Optional[str]:
        """The module that defines an imported name; None if it lies outside the tree."""
        while name and name not in self.files:
            name = name.rpartition(".")[0]
        return name or None

    def inside(self, package: str) -> List[str]:
        """The modules of a package, its `__init__.py` among them."""
        return [name for name in self.files if is_inside(name, package)]

    def subpackages(self) -> Dict[str, List[str]]:
        """For each package that has any, and for the tree itself (""), the names of those directly in it."""
        names: Dict[str, List[str]] = {}
        for name, file in self.files.items():
            if file.stem == FACE:
                parent, _, own = name.rpartition(".")
                names.setdefault(parent, []).append(own)
        return names

    def children(self, package: str) -> List[str]:
        """The names of the files and packages directly in a package."""
        return sorted({child(name, package) for name in self.inside(package)})

    def chain(self, imports: Sequence[Import]) -> str:
        """Imports, one per line, as the paths of their files."""
        return "\n".join(f"  {self._path(one.importer)} imports {self._path(one.imported)}" for one in imports)

    def circles_of_files(self) -> List[List[Import]]:
        """A shortest circle through every file that is in one."""
        return circles([(one.importer, one.imported, one) for one in self.imports])

    def circles_of_packages(self) -> List[List[Import]]:
        """The circles between the files and packages directly in a package; an import stands for each arrow."""
        arrows: Dict[str, List[Tuple[str, str, Import]]] = {}
        for one in self.imports:
            if one.importer != one.imported:
                package = common_package(one)
                ends = (child(one.importer, package), child(one.imported, package))
                arrows.setdefault(package, []).append((*ends, one))
        return [circle for package in sorted(arrows) for circle in circles(arrows[package])]

    def _path(self, name: str) -> str:
        return self.files[name].relative_to(self._root).as_posix()


def circles(arrows: Sequence[Tuple[str, str, Import]]) -> List[List[Import]]:
    """A shortest circle through each node that lies on one and on none of the circles before."""
    following: Dict[str, Dict[str, Import]] = {}
    for start, end, one in arrows:
        following.setdefault(start, {}).setdefault(end, one)
    result: List[List[Import]] = []
    seen: set = set()
    for node in sorted(following):
        path = [] if node in seen else _shortest_way_back(node, following)
        if path:
            seen.update(path)
            result.append([following[start][end] for start, end in zip(path, [*path[1:], node])])
    return result


def common_package(one: Import) -> str:
    """The innermost package that both modules are inside, "" if it is the tree."""
    shared = []
    for ours, theirs in zip(one.importer.split("."), one.imported.split(".")):
        if ours != theirs:
            break
        shared.append(ours)
    return ".".join(shared)


def child(module: str, package: str) -> str:
    """The name of what is directly in the package and is, or contains, the module."""
    if module == package:
        return FACE
    return module.removeprefix(f"{package}.").partition(".")[0]


def is_inside(module: str, package: str) -> bool:
    return not package or f"{module}.".startswith(f"{package}.")


def _shortest_way_back(start: str, following: Dict[str, Dict[str, Import]]) -> List[str]:
    """The nodes of a shortest circle, the start first; empty if there is none."""
    paths = deque([[start]])
    visited = set()
    while paths:
        path = paths.popleft()
        for node in following.get(path[-1], {}):
            if node == start:
                return path
            if node not in visited:
                visited.add(node)
                paths.append([*path, node])
    return []


def _module_name(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == FACE else parts)


def _statements(file: Path) -> Iterator[Statement]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    late = {id(inner) for node in ast.walk(tree) if _is_late(node) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Statement(alias.name, id(node) in late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import in line {node.lineno}; write the full name"
            yield from (Statement(f"{node.module}.{alias.name}", id(node) in late) for alias in node.names)


def _is_late(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
