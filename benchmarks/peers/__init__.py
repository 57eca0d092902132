"""One adapter a library; each states the fastest thing that a user of the library can write.

An adapter has a `name`, a `version`, `is_torch` (whether it counts as a PyTorch peer) and a method for each
workload that prepares the library's own objects and returns the step to be timed. A method raises `Unsupported`
where the library cannot do the work in reasonable memory or time.
"""

import importlib
from typing import Protocol

from benchmarks.problems import Problem
from benchmarks.workloads import Step

_ADAPTERS = {
    "skd_plugin": "ours.SkdPlugin",
    "pytorch-crf": "pytorch_crf.PytorchCrf",
    "supar": "supar.Supar",
    "torch-struct": "torch_struct.TorchStruct",
    "synjax": "synjax.SynJax",
    "jax scan": "jax_scan.JaxScan",
}
NAMES = tuple(_ADAPTERS)
OURS = "skd_plugin"


class Unsupported(Exception):
    """The library cannot do this size."""


class Peer(Protocol):
    """What every adapter offers."""

    name: str
    version: str
    is_torch: bool

    def distillation(self, problem: Problem) -> Step:
        """Loss (batch mean) and gradients to the student's emissions, transitions, start and end."""

    def likelihood(self, problem: Problem) -> Step:
        """The same for the gold labels."""

    def token_marginals(self, problem: Problem) -> Step:
        """The teacher's token marginals, (batch, n, label)."""

    def decoding(self, problem: Problem) -> Step:
        """The student's best label sequence of each sentence."""


def load(name: str) -> Peer:
    """The adapter of this name; ImportError if its library is not installed."""
    module, cls = _ADAPTERS[name].split(".")
    return getattr(importlib.import_module(f"benchmarks.peers.{module}"), cls)()


def load_installed(names: tuple[str, ...] = NAMES) -> tuple[dict[str, Peer], dict[str, str]]:
    """The adapters whose libraries are installed, and the reason for each that is left out."""
    peers, missing = {}, {}
    for name in names:
        try:
            peers[name] = load(name)
        except ImportError as error:
            missing[name] = str(error)
    return peers, missing
