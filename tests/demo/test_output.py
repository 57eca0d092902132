"""What is printed, logged or warned of goes to the log; afterwards everything is as before."""

import io
import logging
import sys
import warnings

import pytest
from tqdm import tqdm

from demo.output import redirect_output


def test_everything_goes_to_the_log(tmp_path, capsys):
    with redirect_output(tmp_path / "log.txt"):
        print("printed")
        logging.getLogger("somebody").info("logged")
        warnings.warn("warned of", stacklevel=1)
    print("after")
    text = (tmp_path / "log.txt").read_text()
    assert "printed" in text and "logged" in text and "warned of" in text
    assert capsys.readouterr() == ("after\n", "")


def test_the_log_grows(tmp_path):
    for word in ("first", "second"):
        with redirect_output(tmp_path / "log.txt"):
            print(word)
    assert (tmp_path / "log.txt").read_text() == "first\nsecond\n"


def test_logging_is_as_before_even_after_an_error(tmp_path):
    root = logging.getLogger()
    before = (list(root.handlers), root.level, sys.excepthook)
    with pytest.raises(KeyError), redirect_output(tmp_path / "log.txt"):
        root.handlers.clear()
        root.setLevel(logging.DEBUG)
        sys.excepthook = print
        raise KeyError
    assert (list(root.handlers), root.level, sys.excepthook) == before


def shown(**options) -> str:
    """What a bar writes to the screen."""
    screen = io.StringIO()
    list(tqdm([1, 2], file=screen, **options))
    return screen.getvalue()


def test_without_a_terminal_a_bar_shows_only_if_it_insists(tmp_path):
    with redirect_output(tmp_path / "log.txt"):
        assert shown() == ""
        assert "0/2" in shown(disable=False)


def test_bars_fit_the_terminal(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    with redirect_output(tmp_path / "log.txt"):
        lines = shown(disable=False, desc="a long description " * 10).split("\r")
    assert max(map(len, lines)) <= 50


def test_finished_bars_vanish_only_inside(tmp_path):
    with redirect_output(tmp_path / "log.txt"):
        assert shown(disable=False).split("\r")[-1].strip() == ""
    assert "100%" in shown().split("\r")[-1]
