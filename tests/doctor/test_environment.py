"""The environment: what is installed, and what is left of the machine."""

import importlib.metadata
from types import SimpleNamespace

import pytest
import torch

from skd_plugin.compat.environment import Problem
from skd_plugin.doctor import environment as module
from skd_plugin.doctor import machine
from skd_plugin.doctor.environment import environment
from tests.doctor import bad


@pytest.fixture
def healthy(monkeypatch):
    """A machine with nothing wrong, whatever this one is like."""
    monkeypatch.setattr(module, "environment_problems", list)
    monkeypatch.setattr(module, "installed_version", lambda name: "2.10.1+skd.1" if name == "allennlp" else "1.0")
    monkeypatch.setattr(module.torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(module, "Path", lambda name: SimpleNamespace(exists=lambda: False))
    monkeypatch.setattr(module.torch, "get_num_threads", lambda: 4)
    monkeypatch.setattr(module, "usable_cores", lambda: 4)
    monkeypatch.setattr(module, "others_load", lambda: 0.5)
    monkeypatch.setattr(module, "total_memory", lambda: 16e9)
    monkeypatch.setattr(module, "free_memory", lambda: 8e9)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda folder: SimpleNamespace(free=50e9))
    return monkeypatch


def found(tmp_path):
    [finding] = bad(environment(tmp_path))
    return finding


def test_a_healthy_one(healthy, tmp_path):
    findings = environment(tmp_path)
    assert not bad(findings)
    texts = "\n".join(finding.text for finding in findings)
    assert "AllenNLP 2.10.1+skd.1, PyTorch 1.0" in texts and "versions that work together" in texts
    assert "16.0 GB of memory, 8.0 GB of it free" in texts and "50.0 GB free on the disk" in texts


def test_this_one(tmp_path):
    findings = environment(tmp_path)
    assert any(importlib.metadata.version("torch") in finding.text for finding in findings)
    assert not [finding for finding in findings if finding.level == "error"]


def test_a_version_that_does_not_fit(healthy, tmp_path):
    healthy.setattr(module, "environment_problems", lambda: [Problem("spacy 2.0 is installed", "Change it.")])
    assert ("error", "spacy 2.0 is installed", "Change it.") in environment(tmp_path)


def test_an_allennlp_of_another_installation(healthy, tmp_path):
    healthy.setattr(module, "installed_version", lambda name: "2.10.1")
    finding = found(tmp_path)
    assert finding.level == "note" and "AllenNLP 2.10.1 was not installed by skd_plugin.host" in finding.text
    assert "-m skd_plugin.host" in finding.remedy


def test_extras_that_are_not_installed(healthy, tmp_path):
    healthy.setattr(module, "installed_version", lambda name: None if name == "ray" else "1+skd")
    assert any("ray (skd-annotate --engine ray)" in finding.text for finding in environment(tmp_path))


def test_a_gpu_that_pytorch_does_not_find(healthy, tmp_path):
    healthy.setattr(module, "Path", lambda name: SimpleNamespace(exists=lambda: True))
    finding = found(tmp_path)
    assert f"has a driver for GPUs, but PyTorch {torch.__version__} finds none" in finding.text
    assert "CUDA_VISIBLE_DEVICES" in finding.remedy


def test_more_threads_than_cores(healthy, tmp_path):
    healthy.setattr(module, "usable_cores", lambda: 2)
    finding = found(tmp_path)
    assert "computes with 4 threads, on 2 cores, and they wait for each other." in finding.text
    assert finding.remedy == "Set the variable OMP_NUM_THREADS to 2."


def test_others_that_compute(healthy, tmp_path):
    healthy.setattr(module, "others_load", lambda: 3.0)
    finding = found(tmp_path)
    assert "other programs compute as well (load 3.0)" in finding.text and "OMP_NUM_THREADS to 1" in finding.remedy


def test_little_memory_and_little_disk(healthy, tmp_path):
    healthy.setattr(module, "free_memory", lambda: 1e9)
    healthy.setattr(module.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1e9))
    memory, disk = bad(environment(tmp_path))
    assert "1.0 GB of it free" in memory.text and "End other programs" in memory.remedy
    assert "1.0 GB free on the disk" in disk.text and "Free some space" in disk.remedy


def test_a_container_has_less_memory_than_its_machine(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    (tmp_path / "memory.max").write_text("max\n")
    unlimited = machine.total_memory()
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    assert machine.total_memory() == 1_000_000 != unlimited
    assert machine.free_memory() == 600_000
    (tmp_path / "memory.stat").write_text("anon 300000\ninactive_file 100000\n")
    assert machine.free_memory() == 700_000


def test_a_system_that_does_not_say(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    monkeypatch.setattr(machine.os, "sysconf_names", {})
    assert machine.total_memory() is None and machine.usable_cores() >= 1
