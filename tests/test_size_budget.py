"""Small files, small functions, and one sentence at the top of each module."""

import ast
from pathlib import Path
from statistics import median

import pytest

from tests import PROJECT_ROOT

FILE_LINES = 200
FUNCTION_LINES = 40
MEDIAN_FUNCTION_LINES = 10

PACKAGE = PROJECT_ROOT / "skd_plugin"
FOLDERS = ("skd_plugin", "tests", "demo", "benchmarks", "experiments")
FILES = sorted(file for folder in FOLDERS for file in (PROJECT_ROOT / folder).rglob("*.py"))


def functions(file: Path) -> list:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def lines(function: ast.FunctionDef) -> int:
    return function.end_lineno - function.lineno + 1


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PROJECT_ROOT)))
def test_file_is_small_and_says_what_it_is(file):
    text = file.read_text(encoding="utf-8")
    assert text.count("\n") < FILE_LINES, "one concept a file: move one out"
    assert not text or ast.get_docstring(ast.parse(text)), "begin the file with one sentence that says what it is"
    long = {function.name: lines(function) for function in functions(file) if lines(function) > FUNCTION_LINES}
    assert not long, f"functions of more than {FUNCTION_LINES} lines"


def test_half_of_the_functions_are_shorter_than_ten_lines():
    sizes = [lines(function) for file in PACKAGE.rglob("*.py") for function in functions(file)]
    assert median(sizes) < MEDIAN_FUNCTION_LINES
