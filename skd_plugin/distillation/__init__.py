"""Distillation inside `allennlp train`: importing this package registers the trainer callback `skd_distiller`."""

import skd_plugin.compat  # noqa: F401
from skd_plugin.distillation.distiller import Distiller
from skd_plugin.distillation.schedule import ConstantSchedule, CosineSchedule, LinearSchedule, Schedule
from skd_plugin.distillation.structural import StructuralObjective
from skd_plugin.distillation.teacher import Teacher

__all__ = [
    "ConstantSchedule",
    "CosineSchedule",
    "Distiller",
    "LinearSchedule",
    "Schedule",
    "StructuralObjective",
    "Teacher",
]
