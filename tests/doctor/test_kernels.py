"""Kernels that work, that are slow, that are wrong, and that cannot be kept."""

import os

import torch

from skd_plugin.doctor import kernels as module
from skd_plugin.doctor.kernels import kernels
from skd_plugin.structures import kernel_folders
from tests.doctor import one


def test_they_work():
    works, kept = kernels()
    assert "numba's kernels are right" in works.text and works.level in ("ok", "note")
    assert kept.level == "ok" and kept.text.endswith("kernels")
    assert {folder.parent.name for folder in kernel_folders()} == {"chains", "spans", "trees"}


def test_all_trees_over_three_words_are_enumerated():
    # Cayley: n^(n−1) trees with n labelled words and one of them as the root.
    assert len(module._tree()[1]) == 9 and len(module._chain()[1]) == 8


def test_they_change_no_random_numbers():
    state = torch.get_rng_state()
    kernels()
    assert torch.equal(torch.get_rng_state(), state)


def test_they_were_compiled_now(monkeypatch):
    monkeypatch.setattr(module, "COMPILING", -1.0)
    assert "python -m skd_plugin.structures.compile_kernels" in one(kernels(), "note")


def test_they_are_not_compiled(monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert "Unset the variable NUMBA_DISABLE_JIT." in one(kernels(), "warning")


def test_they_are_wrong(monkeypatch):
    monkeypatch.setattr(module, "_tree", lambda: (torch.zeros(1), [1.0]))
    found = one(kernels(), "error")
    assert "are wrong: log Z of a tree is not what enumeration gives." in found and "*.nbi" in found


def test_they_fail(monkeypatch):
    def fail():
        raise RuntimeError("no LLVM")

    monkeypatch.setattr(module, "_chain", fail)
    assert "numba's kernels fail (RuntimeError: no LLVM)." in one(kernels(), "error")


def test_they_cannot_be_kept(monkeypatch):
    kernels()
    monkeypatch.setattr(os, "access", lambda *arguments: False)
    # Where all are there already, as in an image, this does no harm.
    assert "cannot be kept in" in one(kernels(), "note")
    monkeypatch.setattr(module, "kernel_folders", list)
    assert "Set NUMBA_CACHE_DIR" in one(module._cache(some_are_missing=True), "warning")
