"""Subcommands of `allennlp`. Importing this package registers ours, and lets `evaluate` end with the metrics."""

import skd_plugin.commands.evaluate  # noqa: F401
from skd_plugin.commands.annotate import Annotate
from skd_plugin.commands.calibrate import Calibrate
from skd_plugin.commands.cross_fit import CrossFit
from skd_plugin.commands.doctor import Doctor
from skd_plugin.commands.export import Export
from skd_plugin.commands.init import Init
from skd_plugin.commands.package import PackagePipeline
from skd_plugin.commands.report import MakeReport
from skd_plugin.commands.store import DescribeStore
from skd_plugin.commands.tune_decoding import TuneDecoding
from skd_plugin.commands.vectors import MakeVectors

__all__ = [
    "Annotate",
    "Calibrate",
    "CrossFit",
    "DescribeStore",
    "Doctor",
    "Export",
    "Init",
    "MakeReport",
    "MakeVectors",
    "PackagePipeline",
    "TuneDecoding",
]
