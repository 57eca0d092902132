"""The page stands alone, escapes what comes from data, and is there without matplotlib too."""

import copy
import re
import sys
from html.parser import HTMLParser
from typing import Any, Dict, List

import pytest

from skd_plugin.report import answers, as_html, as_markdown, draw
from skd_plugin.report.page import _number
from tests.report.conftest import HOSTILE

Report = Dict[str, Any]
VOID = {"meta", "br"}
MARKUP = re.compile(r"(?<!\\)<[bi]>")


class Checked(HTMLParser):
    """Raises `AssertionError` for an element that is not closed; collects ids and addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: List[str] = []
        self.ids: List[str] = []
        self.addresses: List[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open += [tag] * (tag not in VOID)
        self.ids += [value for name, value in attrs if name == "id"]
        self.addresses += [value for name, value in attrs if name in ("src", "href", "xlink:href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(of_entities: Report) -> str:
    return as_html(of_entities, draw(of_entities))


def test_it_is_well_formed_and_needs_no_other_file(page: str, of_trees: Report):
    for text in (page, as_html(of_trees, draw(of_trees))):
        checked = Checked(text)
        assert len(checked.ids) == len(set(checked.ids))
        assert all(address.startswith("#") for address in checked.addresses)
        assert "@import" not in text and "url(http" not in text and "<script" not in text


def test_it_has_every_picture(page: str, of_entities: Report):
    names = set(draw(of_entities))
    assert names == {"scores", "speed", "curves", "calibration_tags", "calibration_entities"}
    assert page.count("<figure>") == len(names)
    assert "#010203" not in page and "currentColor" in page


def test_names_from_data_are_text(page: str, of_entities: Report):
    assert HOSTILE not in page and "&lt;b&gt;x&amp;y" in page
    assert not MARKUP.search(as_markdown(of_entities))


def test_labels_and_words_from_data_are_text(of_entities: Report):
    hostile = copy.deepcopy(of_entities)
    hostile["data"]["file"] = hostile["warnings"][0]["finding"] = hostile["mistakes"]["rows"][0]["what"] = "<i>|"
    hostile["breakdowns"][0]["rows"][0]["group"] = "<i>|"
    assert "<i>" not in as_html(hostile, {})
    assert not MARKUP.search(as_markdown(hostile)) and r"\<i>\|" in as_markdown(hostile)


def test_without_matplotlib_it_says_what_to_install(of_entities: Report, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert draw(of_entities) == {}
    text = as_html(of_entities, {})
    assert "<figure>" not in text and "pip install &#39;skd_plugin[plots]&#39;" in text
    Checked(text)


def test_tables_of_the_markdown_are_whole(of_entities: Report, of_trees: Report):
    for report in (of_entities, of_trees):
        text = as_markdown(report)
        tables = re.findall(r"(?:^\|.*\n)+", text, re.M)
        assert len(tables) >= 6
        for table in tables:
            assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, table


def test_the_answer(of_entities: Report):
    report = copy.deepcopy(of_entities)
    [system] = [one for one in report["systems"] if one["name"] == HOSTILE]
    system["difference"] = {"value": 0.031, "low": 0.01, "high": 0.05, "p": 0.004}
    system["gap_closed"] = {"value": 0.5, "low": 0.25, "high": 0.75}
    assert answers(report) == [
        f"{HOSTILE} is better than alone: +3.1 F1 (95 % interval +1.0 to +5.0, p = 0.004). That is 50 % of its "
        "distance to teacher (25 to 75 %)."
    ]
    system["difference"].update(low=-0.01, p=0.2)
    assert answers(report)[0].startswith(f"Whether {HOSTILE} is better than alone is open: +3.1 F1")


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (3.14159, "3.1"), (999, "999"), (174_938, "175,000"), (66_123_456, "66,100,000")]
)
def test_numbers(value, text):
    assert _number(value) == text
