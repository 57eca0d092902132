"""The distiller: a trainer callback that replaces the student's objective during training, and puts it back after."""

import json
import logging
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import (
    Any,
    Callable,
    Dict,
    Hashable,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    final,
)

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import lazy_groups_of
from allennlp.data import Batch, DataLoader, Instance
from allennlp.nn.util import dist_reduce, move_to_device
from allennlp.training import GradientDescentTrainer, TrainerCallback
from torch import Tensor
from torch.distributed import ReduceOp

from skd_plugin.archives import TEACHERS_FILE, base_name
from skd_plugin.compat.configuration import check_option
from skd_plugin.compat.logs import hide_epochs_on_screen
from skd_plugin.compat.whole_files import whole_file
from skd_plugin.data import Streaming
from skd_plugin.distillation import lost_mass, teacher_scores
from skd_plugin.distillation.epoch_summary import EpochSummary
from skd_plugin.distillation.loss import DistillationLoss, check_schedules, shares, soft_loss
from skd_plugin.distillation.objectives import DistillationObjective, Structural
from skd_plugin.distillation.progress import BEGINNING, Progress
from skd_plugin.distillation.schedule import ConstantSchedule, LinearSchedule, Schedule
from skd_plugin.distillation.student import factorize, structured
from skd_plugin.distillation.teachers.model import Words, refuse_missing
from skd_plugin.distillation.teachers.teacher import Teacher
from skd_plugin.models import GoldCrossEntropy, StructuredModel
from skd_plugin.structures import Factorization, Policy
from skd_plugin.training import ExactResuming, preserved_randomness

logger = logging.getLogger(__name__)

_LOST_MASS = (
    "The teacher (%s) may give probability to structures that the student (%s) cannot produce. It is conditioned on "
    "those that the student can produce; kd_lost_mass is the probability of the others."
)
# How many sentences are asked for their lost mass before training, and how many of them at once.
_SAMPLE, _BATCH_SIZE = 256, 32


class Settings(NamedTuple):
    """What a distiller was given; see `Distiller`."""

    teachers: List[Teacher]
    objective: DistillationObjective
    interpolation: Schedule
    temperature: Schedule
    label_policy: Policy


@final
@TrainerCallback.register("skd_distiller")
class Distiller(ExactResuming):
    """
    Adds one or more teachers to the training of a student. The loss of a training batch becomes
    λ · T² · CE(teacher_T, student_T) + (1 − λ) · CE(gold, student), where `objective` can replace the first
    cross-entropy. How it is computed follows from the types of the two models.

    Validation is the same as without the distiller, with `kd_kl` and `kd_agreement` beside its metrics. The student's
    archive does not contain the teacher and does not need it. A resumed run (`-r`) ends with the same weights as one
    without interruption, as with `skd_resume`. It refuses other teachers than those of its checkpoint.

    Registered as a `TrainerCallback` with name "skd_distiller".

    # Parameters

    teachers : `List[Teacher]`
        Models of this plugin or of other libraries, e.g. `[{"archive": "runs/teacher/model.tar.gz"}]`.
    objective : `DistillationObjective`, optional (default = `"structural"`)
        What the student learns from its teachers: their whole distributions, or e.g. `{"type": "top_k", "k": 5}`.
    interpolation : `float` or `Schedule`, optional (default = linear from 1 to 0)
        λ: 1 is learning from the teachers alone, 0 from gold alone. Sentences without gold always take 1.
    temperature : `float` or `Schedule`, optional (default = `1.0`)
        T, from 0.01 to 1000, by which the potentials of both models are divided before inference.
    label_policy : `str`, optional (default = `"error"`)
        What to do about labels that only a teacher has: "error" refuses them, "renormalize" conditions the teacher on
        structures without them and reports the probability of the others as `kd_lost_mass`.
    """

    def __init__(
        self,
        serialization_dir: str,
        teachers: List[Teacher],
        objective: DistillationObjective = Structural(),
        interpolation: Schedule = LinearSchedule(),
        temperature: Schedule = ConstantSchedule(1.0),
        label_policy: Policy = "error",
    ) -> None:
        super().__init__(serialization_dir)
        if not teachers:
            raise ConfigurationError("`teachers` is empty; give at least one teacher, such as [{ archive: 'PATH' }].")
        shares(teachers)
        check_schedules(interpolation, temperature)
        check_option("label_policy", label_policy, Policy)
        self._teachers = teachers
        self._objective = objective
        self._interpolation = interpolation
        self._temperature = temperature
        self._label_policy = label_policy
        # Of the run that wrote the checkpoint, if this one is resumed.
        self._earlier_fingerprints: Optional[List[str]] = None
        self._without_teacher: Set[Words] = set()
        self._scores: List[teacher_scores.Metrics] = []
        self._comparison = teacher_scores.Comparison([], [])
        self._summary: Optional[EpochSummary] = None
        self._show_epochs: Callable[[], None] = lambda: None

    @property
    def settings(self) -> Settings:
        """What it was given."""
        return Settings(self._teachers, self._objective, self._interpolation, self._temperature, self._label_policy)

    def on_start(self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        with preserved_randomness():
            student, longest, first = self._attach(trainer)
            if is_primary:
                self._record_teachers()
            validation = _validation_instances(trainer)
            scored = [teacher for teacher in self._teachers if _knows_all(teacher, validation)]
            for teacher in self._teachers:
                also = validation if teacher in scored else []
                teacher.study(partial(self._sentences_to_read, trainer.data_loader, also), is_primary)
            if is_primary:
                self._warn_of_lost_mass(student, first, trainer.cuda_device)
            known = validation if len(scored) == len(self._teachers) else []
            self._keep_targets(trainer, student, [longest, *known])
            of_scored = iter(teacher_scores.score(scored, student, validation, trainer.cuda_device))
            self._scores = [next(of_scored) if teacher in scored else {} for teacher in self._teachers]
        tracked = trainer._metric_tracker.tracked_metrics
        self._comparison = teacher_scores.Comparison(self._scores, tracked)
        self._summary = EpochSummary(trainer._num_epochs, tracked)
        for teacher, scores in zip(self._teachers, self._scores):
            if scores:
                shown = ", ".join(f"{name} {value:.4g}" for name, value in scores.items())
                logger.info("Teacher %s on the validation data, by the student's metrics: %s", teacher.name, shown)
        self._show_epochs = hide_epochs_on_screen()

    def state_dict(self) -> Dict[str, Any]:
        fingerprints = [teacher.fingerprint for teacher in self._teachers]
        return super().state_dict() | {"teacher_fingerprints": fingerprints}

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self._earlier_fingerprints = state_dict.get("teacher_fingerprints")
        if self._earlier_fingerprints is None:
            logger.warning(
                "The checkpoint is of version 0.1.0, which did not record the teachers: whether they are still the "
                "same is not checked."
            )

    def on_epoch(  # type: ignore[override]  # the trainer names its arguments
        self, *args: Any, metrics: Dict[str, Any], epoch: int, is_primary: bool = True, **kwargs: Any
    ) -> None:
        """
        Says in one line how the epoch was, and warns, once, if the student is better than its teachers. Adds the
        teachers' scores to the metrics.
        """
        super().on_epoch(*args, epoch=epoch, **kwargs)
        for number, scores in enumerate(self._scores, start=1):
            metrics.update({f"teacher_{number}_validation_{name}": value for name, value in scores.items()})
        if is_primary and self._summary is not None:
            logger.info(self._summary.line(epoch, metrics))
        prefix = "validation_"
        ours = {name.removeprefix(prefix): metrics[name] for name in metrics if name.startswith(prefix)}
        warning = self._comparison.warning(ours)
        if warning and is_primary:
            logger.warning(warning)
            self._comparison = teacher_scores.Comparison([], [])

    def on_end(self, trainer: GradientDescentTrainer, *args: Any, **kwargs: Any) -> None:
        self._show_epochs()
        self.restore_loss(trainer)

    def change_loss(self, trainer: GradientDescentTrainer) -> None:
        """Replaces the student's objective. The teachers then read sentences when they are first asked."""
        with preserved_randomness():
            self._attach(trainer)

    def restore_loss(self, trainer: GradientDescentTrainer) -> None:
        if isinstance(trainer.model, StructuredModel):
            trainer.model.objective = GoldCrossEntropy()

    def _attach(self, trainer: GradientDescentTrainer) -> Tuple[StructuredModel, Instance, List[Instance]]:
        """
        Opens the teachers, checks them with the longest sentence, and makes them the student's objective.

        Returns the student, the longest sentence, and the first ones, of those about which all teachers can say
        something.
        """
        student = structured(trainer.model)
        try:
            for teacher in self._teachers:
                teacher.open(trainer.cuda_device)
        finally:
            # Also where a teacher is refused for its store: if the archive was replaced, this is what to say.
            self._check_fingerprints()
        self._without_teacher = self._missing(trainer, student)
        longest, first = _longest_and_first(trainer.data_loader, self._without_teacher)
        for teacher in self._teachers:
            self._check_pair(teacher, student, longest, trainer.cuda_device)
        student.objective = DistillationLoss(
            self._objective,
            self._teachers,
            self._interpolation,
            self._temperature,
            Progress(trainer),
            self._label_policy,
            self._without_teacher,
        )
        return student, longest, first

    def _missing(self, trainer: GradientDescentTrainer, student: StructuredModel) -> Set[Words]:
        """
        The sentences about which a teacher can say nothing. They are learned from gold alone.

        Raises `ConfigurationError` if one of them has no gold.
        """
        all_missing: Set[Words] = set()
        for teacher in self._teachers:
            missing = set(teacher.missing(_sentences(trainer.data_loader)))
            if missing:
                instances = (one for one in trainer.data_loader.iter_instances() if _words(one) in missing)
                refuse_missing(teacher.name, list(_without_gold(student, instances, trainer.cuda_device)))
                logger.warning(
                    "Teacher %s says nothing about %d different training sentences. They have gold labels, and are "
                    "learned from these alone.",
                    teacher.name,
                    len(missing),
                )
                all_missing |= missing
        return all_missing

    def _sentences_to_read(self, loader: DataLoader, validation: Sequence[Instance]) -> Iterator[Words]:
        sentences = (words for words in _sentences(loader) if words not in self._without_teacher)
        return chain(sentences, map(_words, validation))

    def _keep_targets(
        self, trainer: GradientDescentTrainer, student: StructuredModel, longest_and_validation: Sequence[Instance]
    ) -> None:
        """Keeps the targets of the training and validation sentences; the first is the longest of training."""
        assert isinstance(student.objective, DistillationLoss)
        if isinstance(trainer.data_loader, Streaming):
            # For a corpus that does not fit into memory, the targets may not either.
            return
        longest = max(longest_and_validation, key=lambda instance: len(_words(instance)))
        sentences = self._sentences_to_read(trainer.data_loader, longest_and_validation[1:])
        student.objective.keep_targets(sentences, factorize(student, [longest], trainer.cuda_device))

    def _record_teachers(self) -> None:
        """Writes into the folder of the run who the teachers are, which an exported student then says."""
        teachers = [{"name": base_name(teacher.name), "fingerprint": teacher.fingerprint} for teacher in self._teachers]
        with whole_file(Path(self.serialization_dir) / TEACHERS_FILE) as unfinished:
            Path(unfinished).write_text(json.dumps(teachers, indent=2), encoding="utf-8")

    def _check_fingerprints(self) -> None:
        """Raises `ConfigurationError` if the run is resumed and a teacher has been replaced since its checkpoint."""
        for teacher, earlier in zip(self._teachers, self._earlier_fingerprints or []):
            if teacher.fingerprint not in ("", earlier):
                raise ConfigurationError(
                    f"The teacher {teacher.name} is not the one from which the student has learned so far: it was "
                    "replaced since the checkpoint of this run was written. To resume, put the earlier one back. To "
                    "learn from the new one, start a new run: the same command without -r, with another directory as "
                    "-s."
                )

    def _check_pair(self, teacher: Teacher, student: StructuredModel, instance: Instance, device: torch.device) -> None:
        """
        Computes the loss of one sentence, so that a pair that does not fit is refused at once.

        Otherwise the error would come only after the teacher has read the whole corpus.
        """
        factorizations = teacher([_words(instance)]), factorize(student, [instance], device)
        if self._lost_mass(*factorizations) is not None:
            logger.warning(_LOST_MASS, *(type(one).__name__ for one in factorizations))

    def _lost_mass(self, teacher: Factorization, student: Factorization) -> Optional[Tensor]:
        """The probability of a teacher's structures that the student cannot produce; None if there can be none."""
        with torch.no_grad():
            temperature = self._temperature(BEGINNING)
            soft = soft_loss(self._objective, [(1.0, teacher)], student, temperature, self._label_policy)
        return soft.metrics.get("kd_lost_mass")

    def lost_mass(
        self, teacher: Teacher, student: StructuredModel, sample: Sequence[Instance], device: torch.device
    ) -> Tuple[List[float], List[str]]:
        """
        The probability of what the student cannot produce of what a teacher says of each of some sentences, and what
        that is, in words.
        """
        values: List[float] = []
        structures: Dict[str, None] = {}
        for batch in _batches(teacher, sample):
            factorizations = teacher([_words(instance) for instance in batch]), factorize(student, batch, device)
            lost = self._lost_mass(*factorizations)
            if lost is None:
                values += [0.0] * len(batch)
            else:
                values += lost.tolist()
                structures |= dict.fromkeys(lost_mass.lost_structures(*factorizations))
        return values, list(structures)

    def _warn_of_lost_mass(self, student: StructuredModel, sample: Sequence[Instance], device: torch.device) -> None:
        for teacher in self._teachers:
            values, structures = self.lost_mass(teacher, student, sample, device)
            warning = lost_mass.warning(values, structures, teacher.name, self._label_policy)
            if warning:
                logger.warning(warning)


def _sentences(loader: DataLoader) -> Iterator[Words]:
    """All sentences of the loader, in its order."""
    return loader.iter_sentences() if isinstance(loader, Streaming) else map(_words, loader.iter_instances())


def _longest_and_first(loader: DataLoader, without_teacher: Set[Words]) -> Tuple[Instance, List[Instance]]:
    """
    The longest sentence, because limits of width and of memory show in it first; and the first sentences. Of those that
    have a teacher.
    """
    remaining = (one for one in loader.iter_instances() if not without_teacher or _words(one) not in without_teacher)
    first = list(islice(remaining, _SAMPLE))
    if not first:
        raise ConfigurationError("There are no training sentences that a teacher could read.")
    if isinstance(loader, Streaming) and not without_teacher:
        return loader.longest_instance(), first
    return max(chain(first, remaining), key=lambda instance: len(_words(instance))), first


def _without_gold(student: StructuredModel, instances: Iterable[Instance], device: torch.device) -> Iterator[Words]:
    """Those of some sentences that have no gold, or none that the student's vocabulary has."""
    for batch in lazy_groups_of(instances, _BATCH_SIZE):
        factorization, fields = factorize(student, batch, device), Batch(batch)
        fields.index_instances(student.vocab)
        tensors = dict(move_to_device(fields.as_tensor_dict(), device))
        metadata = tensors.pop("metadata", None)
        del tensors["tokens"]
        gold = student.gold(factorization, tensors, metadata)
        known = [False] * len(batch) if gold is None else gold.known.tolist()
        yield from (_words(instance) for instance, is_known in zip(batch, known) if not is_known)


def _validation_instances(trainer: GradientDescentTrainer) -> List[Instance]:
    """Those that a teacher can read."""
    if trainer._validation_data_loader is None:
        return []
    return [instance for instance in trainer._validation_data_loader.iter_instances() if "words" in _metadata(instance)]


def _knows_all(teacher: Teacher, validation: Sequence[Instance]) -> bool:
    """Whether a teacher can say something about all validation sentences, in every process of a distributed run."""
    missing = len(teacher.missing(map(_words, validation)))
    if missing:
        logger.warning(
            "Teacher %s is not scored on the validation data, because it says nothing about %d of its %d sentences.",
            teacher.name,
            missing,
            len(validation),
        )
    return not dist_reduce(missing, ReduceOp.MAX)


def _metadata(instance: Instance) -> Dict[str, Any]:
    metadata: Dict[str, Any] = getattr(instance.fields.get("metadata"), "metadata", {})
    return metadata


def _batches(teacher: Teacher, instances: Sequence[Instance]) -> Iterator[List[Instance]]:
    groups: Dict[Hashable, List[Instance]] = {}
    for instance, group in zip(instances, teacher.groups(list(map(_words, instances)))):
        groups.setdefault(group, []).append(instance)
    for some in groups.values():
        yield from lazy_groups_of(some, _BATCH_SIZE)


def _words(instance: Instance) -> Words:
    metadata = _metadata(instance)
    if "words" not in metadata:
        raise ConfigurationError(
            "A training instance has no words in a field `metadata`, so the teacher has nothing to read. Use a reader "
            "of this plugin, or one that puts {'words': [...]} in a MetadataField named metadata."
        )
    return tuple(metadata["words"])
