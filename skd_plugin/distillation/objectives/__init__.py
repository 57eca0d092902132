"""The objectives of the distiller: what of its teachers a student has to learn. Importing this registers them all."""

from skd_plugin.distillation.objectives.base import DistillationObjective, Shares, Soft
from skd_plugin.distillation.objectives.local_substructure import LocalSubstructure
from skd_plugin.distillation.objectives.structural import Structural
from skd_plugin.distillation.objectives.tempering import GlobalTempering, LocalTempering, Tempering
from skd_plugin.distillation.objectives.token_posterior import TokenPosterior
from skd_plugin.distillation.objectives.top_1 import Top1
from skd_plugin.distillation.objectives.top_k import TopK
from skd_plugin.distillation.objectives.weighted_top_k import WeightedTopK

__all__ = [
    "DistillationObjective",
    "GlobalTempering",
    "LocalSubstructure",
    "LocalTempering",
    "Shares",
    "Soft",
    "Structural",
    "Tempering",
    "TokenPosterior",
    "Top1",
    "TopK",
    "WeightedTopK",
]
