"""One adapter a library and kind of structure; each states the fastest thing that a user of the library can write.

An adapter has a `name`, a `version`, `is_torch` (whether it counts as a PyTorch peer) and a method for each
workload that the library has a program for: it prepares the library's own objects and returns the step to be timed. A
method raises `Unsupported` where the library cannot do the work in reasonable memory or time.
"""

import importlib
from typing import Any, Mapping, Protocol

from benchmarks.problems import Problem
from benchmarks.workload import Step

CHAIN_ADAPTERS = {
    "skd_plugin": "ours.SkdPlugin",
    "pytorch-crf": "pytorch_crf.PytorchCrf",
    "supar": "supar.Supar",
    "torch-struct": "torch_struct.TorchStruct",
    "synjax": "synjax.SynJax",
    "jax scan": "jax_scan.JaxScan",
}
TREE_ADAPTERS = {
    "skd_plugin": "ours_trees.SkdPluginTrees",
    "supar": "supar_trees.SuparTrees",
    "torch-struct": "torch_struct_trees.TorchStructTrees",
    "loop over labels": "label_loop.LabelLoop",
}
SPAN_ADAPTERS = {
    "skd_plugin": "ours_spans.SkdPluginSpans",
    "supar's program": "supar_spans.SuparSpans",
    "supar's, types summed": "supar_spans.SuparSummed",
    "torch-struct": "torch_struct_spans.TorchStructSpans",
    "decimal loop": "decimal_loop.DecimalLoop",
}
NAMES = tuple(dict.fromkeys((*CHAIN_ADAPTERS, *TREE_ADAPTERS, *SPAN_ADAPTERS)))
OURS = "skd_plugin"


class Unsupported(Exception):
    """The library cannot do this size."""


class Adapter(Protocol):
    """What every adapter has."""

    name: str
    version: str
    is_torch: bool


class Peer(Adapter, Protocol):
    """What every adapter of chains offers; see the workloads of trees and spans for what those may."""

    def distillation(self, problem: Problem) -> Step:
        """Loss (batch mean) and gradients to the student's emissions, transitions, start and end."""

    def likelihood(self, problem: Problem) -> Step:
        """The same for the gold labels."""

    def token_marginals(self, problem: Problem) -> Step:
        """The teacher's token marginals, (batch, n, label)."""

    def decoding(self, problem: Problem) -> Step:
        """The student's best label sequence of each sentence."""


def load(name: str, adapters: Mapping[str, str] = CHAIN_ADAPTERS) -> Any:
    """The adapter of this name; ImportError if its library is not installed."""
    module, cls = adapters[name].split(".")
    return getattr(importlib.import_module(f"benchmarks.peers.{module}"), cls)()


def load_installed(
    names: tuple[str, ...] = NAMES, adapters: Mapping[str, str] = CHAIN_ADAPTERS
) -> tuple[dict[str, Adapter], dict[str, str]]:
    """The adapters among these whose libraries are installed, and the reason for each that is left out."""
    peers, missing = {}, {}
    for name in adapters:
        if name in names:
            try:
                peers[name] = load(name, adapters)
            except ImportError as error:
                missing[name] = str(error)
    return peers, missing
