"""How long a teacher reads, and how much room what it says takes."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from skd_plugin.distillation.teachers.store import Store
from skd_plugin.doctor import cost
from tests.commands import allennlp
from tests.doctor import bad, texts

TEXT = "fixtures/unlabelled.txt"


def test_a_store_is_only_looked_at(found, teacher: Path, tmp_path: Path):
    store = tmp_path / "store"
    assert "has 0 of the 30 different sentences" in texts(found(teacher, store=str(store))) and not store.exists()
    allennlp("skd-annotate", teacher, TEXT, "--store", store)
    before = {file: file.stat().st_mtime_ns for file in store.iterdir()}
    shown = texts(found(teacher, store=str(store)))
    assert f"ok: {store} has 12 of the 30 different sentences" in shown and "for the 18 sentences" in shown
    assert {file: file.stat().st_mtime_ns for file in store.iterdir()} == before


def test_a_store_of_another_teacher(found, teacher: Path, of_persons: Path, tmp_path: Path):
    allennlp("skd-annotate", teacher, TEXT, "--store", tmp_path / "store")
    *_, last = found(of_persons, store=str(tmp_path / "store"), label_policy="renormalize")
    assert last.level == "error" and "another" in last.text


def test_a_store_that_is_being_filled(found, teacher: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(Store, "lacks_folds", True)
    *_, last = found(teacher, store=str(tmp_path / "store"))
    assert last.level == "error" and "being filled by `allennlp skd-cross-fit`" in last.text


def test_a_slow_teacher(found, teacher: Path, monkeypatch):
    monkeypatch.setattr(cost, "SLOW", 0.0)
    monkeypatch.setattr(cost, "LONGEST", 0.0)
    [slow] = [finding for finding in bad(found(teacher)) if "words a second" in finding.text]
    assert slow.level == "note" and slow.remedy.startswith("Name a `store`") and "skd-annotate" in slow.remedy


@pytest.mark.parametrize("store, place", [(None, "in memory, where 0.0 kB are free"), ("store", "on the disk of")])
def test_too_little_room(found, teacher: Path, monkeypatch, tmp_path: Path, store, place):
    monkeypatch.setattr(cost, "free_memory", lambda: 0)
    monkeypatch.setattr(cost.shutil, "disk_usage", lambda folder: SimpleNamespace(free=0))
    options = {} if store is None else {"store": str(tmp_path / store)}
    [room] = [
        finding
        for finding in bad(found(teacher, **options))
        if "takes about" in finding.text and "free" in finding.text
    ]
    assert room.level == "warning" and place in room.text
    assert ("Name a folder as its `store`" in room.remedy) == (store is None)
