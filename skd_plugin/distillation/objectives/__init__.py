"""The objectives of the distiller: what of its teachers a student has to learn. Importing this registers them all."""

from skd_plugin.distillation.objectives.best_structures import Top1, TopK, WeightedTopK
from skd_plugin.distillation.objectives.objective import DistillationObjective, Shares, Soft
from skd_plugin.distillation.objectives.score_matching import LocalSubstructure
from skd_plugin.distillation.objectives.structural import GlobalTempering, LocalTempering, Structural, Tempering
from skd_plugin.distillation.objectives.token_posterior import TokenPosterior

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
