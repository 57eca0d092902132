"""Python, the packages, the processor and what is left of memory and disk."""

import platform
import shutil
import sys
from pathlib import Path
from typing import Iterator, List

import torch

from skd_plugin.compat.environment import environment_problems, installed_version
from skd_plugin.doctor.finding import Finding
from skd_plugin.doctor.machine import free_memory, others_load, total_memory, usable_cores
from skd_plugin.doctor.wording import count, size

LITTLE_MEMORY, LITTLE_DISK = 2e9, 2e9
_OF_HOST = "+skd"
"""What the version of an AllenNLP that `skd_plugin.host` has installed contains."""
_PACKAGES = {"allennlp": "AllenNLP", "torch": "PyTorch", "spacy": "spaCy", "transformers": "transformers"}
_PACKAGES |= {"numba": "numba", "numpy": "NumPy"}
_EXTRAS = {
    "matplotlib": "pictures of skd-report, find-lr",
    "tensorboardX": "the callback tensorboard",
    "gliner": "teachers of the type gliner",
    "ray": "skd-annotate --engine ray",
}


def environment(folder: Path = Path()) -> List[Finding]:
    """What can be said of this environment, and of the disk that the folder is on."""
    return [_python(), *_packages(), *_extras(), *_devices(), *_threads(), *_memory(), _disk(folder)]


def _python() -> Finding:
    return Finding("ok", f"Python {platform.python_version()} on {platform.system()}, {sys.executable}")


def _packages() -> Iterator[Finding]:
    problems = environment_problems()
    versions = {name: installed_version(package) for package, name in _PACKAGES.items()}
    shown = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    if problems:
        yield Finding("note", shown)
    else:
        yield Finding("ok", f"{shown}: versions that work together")
    for problem in problems:
        yield Finding("error", problem.description, problem.remedy)
    allennlp = versions["AllenNLP"]
    if allennlp and _OF_HOST not in allennlp:
        yield Finding(
            "note",
            f"AllenNLP {allennlp} was not installed by skd_plugin.host, so `pip check` complains, and another "
            "installation may replace PyTorch by an old one.",
            f"Run: {sys.executable} -m skd_plugin.host",
        )


def _extras() -> Iterator[Finding]:
    missing = [f"{package} ({use})" for package, use in _EXTRAS.items() if not installed_version(package)]
    if missing:
        yield Finding("ok", f"Not installed, and only needed for what is in brackets: {', '.join(missing)}")


def _devices() -> Iterator[Finding]:
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            properties = torch.cuda.get_device_properties(number)
            yield Finding("ok", f"GPU {number}: {properties.name}, {size(properties.total_memory)}")
    elif Path("/proc/driver/nvidia/version").exists():
        yield Finding(
            "warning",
            f"The machine has a driver for GPUs, but PyTorch {torch.__version__} finds none.",
            "Install a PyTorch for this driver's CUDA (pytorch.org, Get started), and see whether CUDA_VISIBLE_DEVICES "
            "hides the GPUs.",
        )
    else:
        yield Finding("ok", "No GPU; teachers and students of this plugin train on processors, too")


def _threads() -> Iterator[Finding]:
    threads, cores, load = torch.get_num_threads(), usable_cores(), others_load()
    text = f"PyTorch computes with {count(threads, 'thread')}, on {count(cores, 'core')}"
    if threads > cores:
        yield Finding(
            "warning", f"{text}, and they wait for each other.", f"Set the variable OMP_NUM_THREADS to {cores}."
        )
    elif threads > 1 and load > cores - threads + 1:
        yield Finding(
            "warning",
            f"{text}, and other programs compute as well (load {load:.1f}). Threads then wait for each other, which "
            "can make everything many times slower.",
            f"Set the variable OMP_NUM_THREADS to {max(1, cores - round(load))}, or wait for the others to end.",
        )
    else:
        yield Finding("ok", text)


def _memory() -> Iterator[Finding]:
    total, free = total_memory(), free_memory()
    if total is None or free is None:
        return
    text = f"{size(total)} of memory, {size(free)} of it free"
    if free < LITTLE_MEMORY:
        yield Finding(
            "warning", text, "End other programs: a large training may be ended by the system for want of it."
        )
    else:
        yield Finding("ok", text)


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    text = f"{size(free)} free on the disk of {folder.absolute()}"
    if free < LITTLE_DISK:
        return Finding(
            "warning", text, "Free some space: each epoch writes a checkpoint, and stores of teachers are large."
        )
    return Finding("ok", text)
