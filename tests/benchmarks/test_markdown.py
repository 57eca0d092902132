"""Prose is wrapped, and everything else stays as it is."""

import pytest

from benchmarks.markdown import table, wrapped


def test_prose_is_wrapped_at_100_columns():
    lines = wrapped("word " * 100).split("\n")
    assert len(lines) > 1 and max(map(len, lines)) <= 100
    assert " ".join(lines).split() == ["word"] * 100


@pytest.mark.parametrize(
    "section", [table(["column"], [["cell " * 50]]), "- item " * 30, "## heading " * 20, "`python -m x` " * 20]
)
def test_tables_lists_headings_and_commands_stay(section):
    assert wrapped(section) == section
