"""The forms of a data path."""

from pathlib import Path

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from skd_plugin.data.files.paths import Source, sources


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("a.conll", "b.conll", "c.txt"):
        (tmp_path / name).write_text("x\tO\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "data_path, expected",
    [
        ("a.conll", [("a.conll", False)]),
        (Path("a.conll"), [("a.conll", False)]),
        (["b.conll", "a.conll"], [("b.conll", False), ("a.conll", False)]),
        ("*.conll", [("a.conll", False), ("b.conll", False)]),
        ({"unlabelled": ["c.txt"], "labelled": "a.conll"}, [("a.conll", False), ("c.txt", True)]),
        ({"unlabelled": "c.txt"}, [("c.txt", True)]),
        (Params({"unlabelled": ["c.txt"]}), [("c.txt", True)]),
    ],
)
def test_forms(folder, data_path, expected):
    assert [(str(path), withheld) for path, withheld in sources(data_path)] == expected


@pytest.mark.parametrize("path, is_text", [("a.txt", True), ("a.txt.gz", True), ("A.TXT", True), ("a.conll.gz", False)])
def test_text_is_what_stands_under_unlabelled(path, is_text):
    assert Source(path, withheld=True).is_text == is_text
    assert not Source(path, withheld=False).is_text


def test_urls_are_left_to_allennlp():
    assert sources("https://example.org/a.conll") == [("https://example.org/a.conll", False)]


@pytest.mark.parametrize("data_path", [{"unlabeled": "c.txt"}, {"labelled": "a.conll", "text": "c.txt"}, {}])
def test_unknown_key(folder, data_path):
    with pytest.raises(ConfigurationError, match="expected 'labelled' and 'unlabelled', one or both. Write it as"):
        sources(data_path)


@pytest.mark.parametrize("data_path", [[], 3, None, {"labelled": None}, ["a.conll", 1]])
def test_no_path(folder, data_path):
    with pytest.raises(ConfigurationError, match="expected a path, a list of paths, or a dictionary"):
        sources(data_path)


@pytest.mark.parametrize("path", ["d.conll", "*.conllu"])
def test_missing_file(folder, path):
    with pytest.raises(ConfigurationError, match="There is no file .*conll.*relative to the folder"):
        sources(["a.conll", path])


def test_folder(folder):
    with pytest.raises(ConfigurationError, match="is a folder. Name its files"):
        sources(str(folder))
