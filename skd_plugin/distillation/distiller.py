"""The distiller: a trainer callback that lends the student another objective while it trains, and leaves no trace."""

import logging
from typing import Any, Iterator, List, cast, final

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, Instance
from allennlp.nn.util import move_to_device
from allennlp.training import GradientDescentTrainer, TrainerCallback

from skd_plugin.compat.configuration import check_option
from skd_plugin.distillation.loss import DistillationLoss, check_schedules, soft_loss
from skd_plugin.distillation.objectives import DistillationObjective, Structural
from skd_plugin.distillation.progress import BEGINNING, Progress
from skd_plugin.distillation.schedule import ConstantSchedule, LinearSchedule, Schedule
from skd_plugin.distillation.teachers.model import Words
from skd_plugin.distillation.teachers.teacher import Teacher
from skd_plugin.models import GoldCrossEntropy, StructuredModel
from skd_plugin.structures import Factorization
from skd_plugin.structures.algebra.labels import Policy
from skd_plugin.training import ExactResuming, preserved_randomness

logger = logging.getLogger(__name__)

_LOSSY = (
    "The teacher (%s) may give probability to structures that the student (%s) cannot produce. It is conditioned "
    "on those that the student can; kd_lost_mass is the probability of the others."
)


@final
@TrainerCallback.register("skd_distiller")
class Distiller(ExactResuming):
    """
    Registered as a `TrainerCallback` with name "skd_distiller". The loss of a training batch becomes
    λ · T² · CE(teacher_T, student_T) + (1 − λ) · CE(gold, student), or with another objective in place of the first
    cross-entropy; what is computed follows from the types of the two models. Validation is as without it. The student's
    archive neither holds nor needs the teacher.

    # Parameters

    teachers : `List[Teacher]`
        Archives of models of this plugin, e.g. `[{"archive": "runs/teacher/model.tar.gz"}]`.
    objective : `DistillationObjective`, optional (default = `"structural"`)
        What of the teachers the student learns: their whole distributions, or e.g. `{"type": "top_k", "k": 5}`.
    interpolation : `float` or `Schedule`, optional (default = linear from 1 to 0)
        λ: 1 learns from the teacher alone, 0 from gold alone. Sentences without gold always take 1.
    temperature : `float` or `Schedule`, optional (default = `1.0`)
        T, which divides the potentials of both models before inference.
    label_policy : `str`, optional (default = `"error"`)
        For labels that a teacher knows and the student does not: "error" refuses them, "renormalize" conditions the
        teacher on structures without them and reports the probability so lost.
    """

    def __init__(
        self,
        serialization_dir: str,
        teachers: List[Teacher],
        objective: DistillationObjective = Structural(),
        interpolation: Schedule = LinearSchedule(),
        temperature: Schedule = ConstantSchedule(1.0),
        label_policy: str = "error",
    ) -> None:
        super().__init__(serialization_dir)
        if not teachers:
            raise ConfigurationError("`teachers` is empty; give the archive of at least one teacher.")
        self._teachers = teachers
        check_schedules(interpolation, temperature)
        check_option("label_policy", label_policy, Policy)
        self._objective = objective
        self._interpolation = interpolation
        self._temperature = temperature
        self._label_policy = cast(Policy, label_policy)

    def on_start(self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        student = _teachable(trainer.model)
        with preserved_randomness():
            # What widths or memory do not allow shows in the longest sentence.
            instance = max(_instances(trainer), key=lambda instance: len(_words(instance)))
            for teacher in self._teachers:
                teacher.open(trainer.cuda_device)
                self._check_pair(teacher, student, instance, trainer.cuda_device)
            for teacher in self._teachers:
                teacher.study((_words(instance) for instance in _instances(trainer)), is_primary)
            student.objective = self._loss(Progress(trainer))

    def on_end(self, trainer: GradientDescentTrainer, *args: Any, **kwargs: Any) -> None:
        if isinstance(trainer.model, StructuredModel):
            trainer.model.objective = GoldCrossEntropy()

    def _loss(self, progress: Progress) -> DistillationLoss:
        schedules = self._interpolation, self._temperature
        return DistillationLoss(self._objective, self._teachers, *schedules, progress, self._label_policy)

    def _check_pair(self, teacher: Teacher, student: StructuredModel, instance: Instance, device: torch.device) -> None:
        """Tries one sentence: what does not fit must show before the teacher reads the whole corpus."""
        batch = Batch([instance])
        batch.index_instances(student.vocab)
        tensors = move_to_device(batch.as_tensor_dict(), device)
        training = student.training
        with torch.no_grad():
            factorization = student.eval().factorize(tensors["tokens"], tensors.get("metadata"))
        student.train(training)
        self._try(teacher([_words(instance)]), factorization)

    def _try(self, teacher: Factorization, student: Factorization) -> None:
        temperature = self._temperature(BEGINNING)
        with torch.no_grad():
            soft = soft_loss(self._objective, [(1.0, teacher)], student, temperature, self._label_policy)
        if "kd_lost_mass" in soft.metrics:
            logger.warning(_LOSSY, type(teacher).__name__, type(student).__name__)


def _teachable(model: torch.nn.Module) -> StructuredModel:
    if not isinstance(model, StructuredModel):
        raise ConfigurationError(
            f"The student is a {type(model).__name__}, which gives no distribution over structures and so cannot be "
            "taught by skd_distiller. Use a model of this plugin, such as skd_maxent_tagger."
        )
    return model


def _instances(trainer: GradientDescentTrainer) -> Iterator[Instance]:
    return trainer.data_loader.iter_instances()


def _words(instance: Instance) -> Words:
    metadata = getattr(instance.fields.get("metadata"), "metadata", {})
    if "words" not in metadata:
        raise ConfigurationError(
            "A training instance has no words in a field `metadata`, so the teacher has nothing to read. Use a reader "
            "of this plugin, or one that puts {'words': [...]} in a MetadataField named metadata."
        )
    return tuple(metadata["words"])
