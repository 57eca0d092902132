"""Distillation inside `allennlp train`. Importing this package registers the trainer callback `skd_distiller`.

- `distiller`: the callback, with all options of a distillation
- `loss`: the loss of a batch; the temperature is applied here
- `objectives`: what the student learns from its teachers
- `teachers`: the models that can teach, and how their output is stored
- `schedule`, `progress`: λ and T in the course of training
- `student`: what can be taught
- `metrics`: what is reported
- `lost_mass`: a warning about what a student cannot learn from a teacher
- `teacher_scores`: how good the teachers are on the validation data
"""

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
from skd_plugin.distillation.teachers.model import TeacherModel
from skd_plugin.distillation.teachers.models import (
    ArchivedModel,
    GlinerModel,
    HuggingFaceTagger,
    SoftLabels,
    SpacyPipeline,
)
from skd_plugin.distillation.teachers.teacher import Teacher

__all__ = [
    "ArchivedModel",
    "ConstantSchedule",
    "CosineSchedule",
    "DistillationLoss",
    "DistillationObjective",
    "Distiller",
    "GlinerModel",
    "HuggingFaceTagger",
    "LinearSchedule",
    "Schedule",
    "SoftLabels",
    "SpacyPipeline",
    "StepwiseSchedule",
    "Teacher",
    "TeacherModel",
]
