"""Distillation inside `allennlp train`: importing this package registers the trainer callback `skd_distiller`."""

import skd_plugin.compat.patches  # noqa: F401
from skd_plugin.distillation.distiller import Distiller
from skd_plugin.distillation.loss import DistillationLoss
from skd_plugin.distillation.objectives import DistillationObjective
from skd_plugin.distillation.schedule import (
    ConstantSchedule,
    CosineSchedule,
    LinearSchedule,
    Schedule,
    StepwiseSchedule,
)
from skd_plugin.distillation.teachers.teacher import Teacher

__all__ = [
    "ConstantSchedule",
    "CosineSchedule",
    "DistillationLoss",
    "DistillationObjective",
    "Distiller",
    "LinearSchedule",
    "Schedule",
    "StepwiseSchedule",
    "Teacher",
]
