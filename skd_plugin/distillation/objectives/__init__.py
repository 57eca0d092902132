"""What a student learns from its teachers, one module per objective. Importing this package registers all of them."""

from skd_plugin.distillation.objectives.best_structures import Top1, TopK, WeightedTopK
from skd_plugin.distillation.objectives.objective import DistillationObjective
from skd_plugin.distillation.objectives.score_matching import LocalSubstructure
from skd_plugin.distillation.objectives.structural import GlobalTempering, LocalTempering, Structural
from skd_plugin.distillation.objectives.token_posterior import TokenPosterior

__all__ = [
    "DistillationObjective",
    "GlobalTempering",
    "LocalSubstructure",
    "LocalTempering",
    "Structural",
    "TokenPosterior",
    "Top1",
    "TopK",
    "WeightedTopK",
]
