"""A kernel's result does not depend on where its arrays lie in memory."""

import ast
from pathlib import Path
from typing import Iterator

import pytest

from tests import PROJECT_ROOT

FILES = sorted((PROJECT_ROOT / "skd_plugin/structures/kernels").rglob("*.py"))


def loops_that_sum_and_store(source: str) -> Iterator[int]:
    """
    The lines of innermost loops that do both, in functions that are compiled with reordered sums.

    LLVM makes a vector loop and a scalar one of a loop that stores, and takes the scalar one where the arrays lie close
    to each other. Elements are the same in both, but a sum is added up in another order.
    """
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef) and "compiled" in map(ast.unparse, function.decorator_list):
            loops = (node for node in ast.walk(function) if isinstance(node, ast.For))
            yield from (loop.lineno for loop in loops if _is_innermost(loop) and _sums(loop) and _stores(loop))


def _is_innermost(loop: ast.For) -> bool:
    inside = (node for statement in loop.body for node in ast.walk(statement))
    return not any(isinstance(node, (ast.For, ast.While)) for node in inside)


def _sums(loop: ast.For) -> bool:
    """Whether something is added up that the loop does not use itself: the order of all other sums is fixed."""
    used = {node.id for node in ast.walk(loop) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    added = [node for node in ast.walk(loop) if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)]
    return any(node.target.id not in used and not isinstance(node.value, ast.Constant) for node in added)


def _stores(loop: ast.For) -> bool:
    return any(isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) for node in ast.walk(loop))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_loop_both_sums_and_stores(path: Path):
    lines = [*loops_that_sum_and_store(path.read_text(encoding="utf-8"))]
    assert not lines, f"split the loops at lines {lines} of {path}: see `compiled`"


def test_such_a_loop_is_found():
    source = (
        "@compiled\ndef kernel(a, b):\n    s = 0.0\n    for i in range(9):\n        b[i] = a[i]\n        s += b[i]\n"
    )
    assert [*loops_that_sum_and_store(source)] == [4]
    assert [*loops_that_sum_and_store(source.replace("s += b[i]", "s += 1"))] == []
