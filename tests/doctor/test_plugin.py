"""Whether AllenNLP finds this plugin and those that files name."""

import sys
from pathlib import Path

import pytest

from skd_plugin.compat.import_hook import ImportHook
from skd_plugin.doctor import plugin as module
from skd_plugin.doctor.plugin import plugin
from tests.doctor import one


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "GLOBAL", tmp_path / "none")
    return tmp_path


def test_it_is_found_in_every_folder():
    [finding] = plugin()
    assert finding.level == "ok" and "AllenNLP finds it in every folder" in finding.text


def test_without_its_start_up_file(monkeypatch):
    others = [finder for finder in sys.meta_path if not isinstance(finder, ImportHook)]
    monkeypatch.setattr(sys, "meta_path", others)
    found = one(plugin(), "warning")
    assert "skd_plugin.pth is missing" in found and "pip install --force-reinstall --no-deps" in found


def test_plugins_that_are_there_and_not_there(folder: Path):
    (folder / "mine.py").write_text("")
    (folder / ".allennlp_plugins").write_text("skd_plugin.plugin\nmine\n")
    assert plugin()[1] == ("ok", ".allennlp_plugins names mine", "")
    (folder / ".allennlp_plugins").write_text("mine\nno_such.plugin\n")
    assert ".allennlp_plugins names no_such.plugin, which Python does not find" in one(plugin(), "warning")
