"""What separates words and columns."""

import pytest

from skd_plugin.data.files.lines import cells, pretokenized


@pytest.mark.parametrize("space", ["\u00a0", "\u2009", "\u3000", "\u2028", "\u0085"])
def test_unicode_spaces_belong_to_the_word(space):
    assert pretokenized(f"10{space}000 crowns") == [f"10{space}000", "crowns"]
    assert cells(f"10{space}000 O") == [f"10{space}000", "O"]
    assert cells(f"{space}\tO") == [space, "O"]


def test_runs_of_spaces_and_tabs():
    assert pretokenized("  a \t b  ") == ["a", "b"]
    assert cells("a   NN  O ") == ["a", "NN", "O"]


def test_words_with_spaces_between_tabs():
    assert cells("New York\tB-LOC\t") == ["New York", "B-LOC"]
    assert cells("a\t\tO") == ["a", "", "O"]
