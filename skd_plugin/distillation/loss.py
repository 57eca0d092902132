"""The distillation loss λ · T² · soft(teachers_T, student_T) + (1 − λ) · CE(gold, student), averaged over sentences.

The temperature T divides potentials here, in `soft_loss`, and nowhere else. Only the "local" tempering of the objective
`structural` asks for undivided teachers, whose expected parts it flattens itself.
"""

import logging
from contextlib import contextmanager
from itertools import chain
from typing import Callable, Container, Dict, Hashable, Iterable, Iterator, List, Optional, Sequence, Tuple, final

import torch
from allennlp.common.checks import ConfigurationError
from torch import Tensor

from skd_plugin.compat.configuration import configuration_errors
from skd_plugin.compat.options import check_range
from skd_plugin.distillation.kept_targets import KeptTargets, kept_targets
from skd_plugin.distillation.metrics import KdMetrics
from skd_plugin.distillation.objectives import DistillationObjective
from skd_plugin.distillation.objectives.objective import CrossEntropyObjective, SoftLoss, SoftTarget, WeightedTeachers
from skd_plugin.distillation.progress import Moment
from skd_plugin.distillation.schedule import Schedule
from skd_plugin.distillation.teachers.model import Words
from skd_plugin.distillation.teachers.teacher import Teacher
from skd_plugin.models import Gold
from skd_plugin.models.gold import Metadata
from skd_plugin.models.structured_model import TEMPERATURES
from skd_plugin.structures import (
    Factorization,
    LabelMismatch,
    NoProjection,
    NotDefined,
    Policy,
    known_labels,
    with_labels,
)

logger = logging.getLogger(__name__)

# A teacher with a smaller share of the mixture teaches nothing that float32 can express.
_SMALLEST_SHARE = 1e-6


@final
class DistillationLoss:
    """
    What a model in distillation has as its `objective`, in place of gold cross-entropy.

    The soft term comes from a `DistillationObjective`. Sentences without gold take λ = 1.

    # Parameters

    objective : `DistillationObjective`
    teachers : `Sequence[Teacher]`
    interpolation : `Schedule`
        λ of sentences with gold.
    temperature : `Schedule`
        T of both models.
    progress : `Callable[[], Moment]`
        Tells the current moment of training, on which λ and T depend.
    label_policy : `"error"` or `"renormalize"`
        What to do about labels that only a teacher has.
    without_teacher : `Container[Words]`, optional (default = `()`)
        Sentences about which a teacher can say nothing. They have gold, and take λ = 0.
    """

    def __init__(
        self,
        objective: DistillationObjective,
        teachers: Sequence[Teacher],
        interpolation: Schedule,
        temperature: Schedule,
        progress: Callable[[], Moment],
        label_policy: Policy = "error",
        without_teacher: Container[Words] = (),
    ) -> None:
        self._objective = objective
        self._teachers: List[Tuple[float, Teacher]] = list(zip(shares(teachers), teachers))
        self._interpolation = interpolation
        self._temperature = temperature
        self._progress = progress
        self._label_policy = label_policy
        self._without_teacher = without_teacher
        self._metrics, self._observed = KdMetrics(), KdMetrics()
        self._observes = True
        self._kept: Optional[KeptTargets] = None

    def keep_targets(self, sentences: Iterable[Words], student: Factorization) -> None:
        """
        Computes the soft targets of these sentences now, if they stay the same during training and fit into memory.

        On a GPU it is faster to compute them in each batch than to move them there.

        # Parameters

        sentences : `Iterable[Words]`
        student : `Factorization`
            The student's distribution of the longest of them.
        """
        objective, temperatures = self._objective, self._temperature.extremes
        is_constant = min(temperatures) == max(temperatures)
        if not isinstance(objective, CrossEntropyObjective) or not is_constant or student.mask.device.type != "cpu":
            return
        remaining = (words for words in sentences if words not in self._without_teacher)
        first = next(remaining, None)
        if first is None or not self._know_all_labels(first, student):
            return

        def compute(some: Sequence[Words], student: Factorization) -> SoftTarget:
            with _compared(objective, self._of_teachers(some), student, temperatures[0]) as (teachers, divided):
                return objective.mixed_target(teachers, divided, temperatures[0], self._label_policy)

        with torch.no_grad():
            self._kept = kept_targets(chain([first], remaining), compute, student, self._split)

    @property
    def kept(self) -> Optional[KeptTargets]:
        """The soft targets that are kept; None if there are none."""
        return self._kept

    def __call__(self, factorization: Factorization, gold: Gold, metadata: Metadata) -> Tensor:
        hard = factorization.cross_entropy(gold.parts)
        # Shape: (batch,)
        λ = torch.where(gold.known, self.interpolation, 1.0).to(hard.dtype)
        # The rows with a teacher.
        rows = self._taught(metadata, hard.device)
        if rows is not None:
            λ = torch.zeros_like(λ).index_copy(0, rows, λ[rows])
        loss = (1 - λ) * hard
        if bool((λ > 0).any()):
            if rows is None:
                soft = self._soft(factorization, metadata)
                loss = loss + λ * soft.loss
            else:
                assert metadata is not None
                alone = factorization.unstack()
                taught = type(factorization).stack([alone[row] for row in rows.tolist()])
                soft = self._soft(taught, [metadata[row] for row in rows.tolist()])
                loss = loss.index_add(0, rows, λ[rows] * soft.loss.to(loss.dtype))
            for name, values in soft.metrics.items():
                self._metrics.add(name, values)
        self._metrics.add("kd_hard_loss", hard.detach()[gold.known])
        self._metrics.end_batch()
        return loss.mean()

    def observe(self, factorization: Factorization, metadata: Metadata) -> None:
        """Measures, in validation, how far the student is from its teachers, where they have words to read."""
        if self._observes and metadata is not None and all("words" in sentence for sentence in metadata):
            try:
                with torch.no_grad():
                    soft = self._soft(factorization, metadata)
                for name, values in soft.metrics.items():
                    self._observed.add(name, values)
            except ConfigurationError as error:
                self._observes = False
                logger.warning("The student is not compared with its teachers on the validation data. %s", error)
        # In any case, because all processes add up their batches together, on the device of the model.
        self._observed.add("kd_kl", torch.zeros(0, device=factorization.mask.device))
        self._observed.end_batch()

    def get_metrics(self, reset: bool) -> Dict[str, float]:
        metrics = self._metrics.get(reset)
        if metrics:
            metrics |= {"kd_lambda": self.interpolation, "kd_temperature": self.temperature}
        return self._observed.get(reset) | metrics

    @property
    def interpolation(self) -> float:
        """The current λ of sentences with gold."""
        return _checked_interpolation(self._interpolation(self._progress()))

    @property
    def temperature(self) -> float:
        """The current T."""
        return _checked_temperature(self._temperature(self._progress()))

    def _taught(self, metadata: Metadata, device: torch.device) -> Optional[Tensor]:
        """The numbers of the sentences about which the teachers can say something; None if these are all."""
        if not self._without_teacher or metadata is None:
            return None
        taught = [tuple(sentence["words"]) not in self._without_teacher for sentence in metadata]
        return None if all(taught) else torch.tensor(taught, device=device).nonzero().flatten()

    def _soft(self, student: Factorization, metadata: Metadata) -> SoftLoss:
        """The soft term, with its factor T²."""
        if metadata is None:
            raise ConfigurationError(
                "The batch has no metadata, so the teacher has no words to read. Use a reader of this plugin, or one "
                "that puts {'words': [...]} in a MetadataField named metadata."
            )
        sentences = [tuple(sentence["words"]) for sentence in metadata]
        temperature = self.temperature
        kept = None if self._kept is None else self._kept(sentences, student)
        if kept is None:
            return self._computed(sentences, student, temperature)
        assert isinstance(self._objective, CrossEntropyObjective)
        return kept_loss(self._objective, kept, student, temperature)

    def _computed(self, sentences: Sequence[Words], student: Factorization, temperature: float) -> SoftLoss:
        objective, policy, groups = self._objective, self._label_policy, self._split(sentences)
        if len(groups) == 1:
            return soft_loss(objective, self._of_teachers(sentences), student, temperature, policy)
        alone = student.unstack()
        parts = [
            soft_loss(
                objective,
                self._of_teachers([sentences[index] for index in group]),
                type(student).stack([alone[index] for index in group]),
                temperature,
                policy,
            )
            for group in groups
        ]
        order = torch.tensor([index for group in groups for index in group]).argsort()
        names = {name: None for part in parts for name in part.metrics}
        return SoftLoss(
            torch.cat([part.loss for part in parts])[order.to(parts[0].loss.device)],
            {name: torch.cat([part.metrics[name] for part in parts if name in part.metrics]) for name in names},
        )

    def _split(self, sentences: Sequence[Words]) -> List[List[int]]:
        """The indices of those sentences that can be in one batch of each teacher."""
        groups: Dict[Tuple[Hashable, ...], List[int]] = {}
        for index, group in enumerate(zip(*(teacher.groups(sentences) for _, teacher in self._teachers))):
            groups.setdefault(group, []).append(index)
        return list(groups.values())

    def _know_all_labels(self, words: Words, student: Factorization) -> bool:
        """Whether each teacher knows all labels of the student. What it says of other sentences has the same labels."""
        return all(known_labels(teacher, student) == student.labels for _, teacher in self._of_teachers([words]))

    def _of_teachers(self, sentences: Sequence[Words]) -> WeightedTeachers:
        return [(weight, teacher(sentences)) for weight, teacher in self._teachers]


def soft_loss(
    objective: DistillationObjective,
    teachers: WeightedTeachers,
    student: Factorization,
    temperature: float,
    policy: Policy,
) -> SoftLoss:
    """
    The objective at temperature T: potentials are divided by T before it is called, and its loss is multiplied by T².

    The factor T² keeps the size of the gradient, which the division by T makes smaller (Hinton et al. 2015). Teachers
    and student come with undivided potentials. Raises `ConfigurationError` if the objective cannot compare them.

    A teacher that knows only some of the student's labels is compared with the student conditioned on these; see
    `skd_plugin.structures.known_labels`.
    """
    with _compared(objective, teachers, student, temperature) as (divided_teachers, divided_student):
        terms = [
            (share, objective(some, with_labels(divided_student, labels), temperature, policy))
            for labels, (share, some) in _by_known_labels(divided_teachers, divided_student).items()
        ]
    soft = terms[0][1] if len(terms) == 1 else _weighted_sum(terms)
    return soft._replace(loss=soft.loss * _student_divisor(objective, temperature) ** 2)


def _by_known_labels(
    teachers: WeightedTeachers, student: Factorization
) -> Dict[Tuple[str, ...], Tuple[float, WeightedTeachers]]:
    """By the labels that they know of the student's: the teachers, with weights that sum to 1, and their share."""
    groups: Dict[Tuple[str, ...], List[Tuple[float, Factorization]]] = {}
    for weight, teacher in teachers:
        groups.setdefault(known_labels(teacher, student), []).append((weight, teacher))
    if len(groups) == 1:
        return dict.fromkeys(groups, (1.0, teachers))
    totals = {labels: sum(weight for weight, _ in some) for labels, some in groups.items()}
    return {
        labels: (total, [(weight / total, teacher) for weight, teacher in groups[labels]])
        for labels, total in totals.items()
    }


def _weighted_sum(terms: Sequence[Tuple[float, SoftLoss]]) -> SoftLoss:
    """The metrics of all terms are about the same sentences and words."""
    names = {name: None for _, term in terms for name in term.metrics}
    loss = torch.stack([share * term.loss for share, term in terms]).sum(0)
    metrics = {
        name: torch.stack([share * term.metrics[name] for share, term in terms if name in term.metrics]).sum(0)
        for name in names
    }
    return SoftLoss(loss, metrics)


def kept_loss(
    objective: CrossEntropyObjective, target: SoftTarget, student: Factorization, temperature: float
) -> SoftLoss:
    """As `soft_loss`, with a target that was computed before, at the same temperature."""
    divisor = _student_divisor(objective, temperature)
    soft = objective.loss(target, _divided(student, divisor))
    return soft._replace(loss=soft.loss * divisor**2)


@contextmanager
def _compared(
    objective: DistillationObjective, teachers: WeightedTeachers, student: Factorization, temperature: float
) -> Iterator[Tuple[WeightedTeachers, Factorization]]:
    """
    Teachers and student with their potentials divided by T as the objective wants them.

    Raises `ConfigurationError` for the errors of an objective that cannot compare them.
    """
    teacher_divisor = temperature if objective.tempered == "both" else 1.0
    kinds = ", ".join(type(teacher).__name__ for _, teacher in teachers)
    undefined = (
        f"The objective {type(objective).__name__} is not defined for the teacher's {kinds} and the student's "
        f"{type(student).__name__}."
    )
    divided = [(weight, _divided(teacher, teacher_divisor)) for weight, teacher in teachers]
    with configuration_errors(LabelMismatch, NoProjection), configuration_errors(NotDefined, prefix=undefined):
        yield divided, _divided(student, _student_divisor(objective, temperature))


def _student_divisor(objective: DistillationObjective, temperature: float) -> float:
    return 1.0 if objective.tempered == "neither" else temperature


def shares(teachers: Sequence[Teacher]) -> List[float]:
    """
    The teachers' weights divided by their sum.

    Raises `ConfigurationError` if a teacher has too small a share to teach anything.
    """
    # Their sum may be infinite.
    largest = max(teacher.weight for teacher in teachers)
    total = sum(teacher.weight / largest for teacher in teachers)
    result = [teacher.weight / largest / total for teacher in teachers]
    for teacher, share in zip(teachers, result):
        if share < _SMALLEST_SHARE:
            raise ConfigurationError(
                f"The `weight` of teacher {teacher.name} is {teacher.weight}, which is {share:.2g} of the sum of "
                f"all weights, expected at least {_SMALLEST_SHARE} of it. Leave the teacher out, or give it a larger "
                "weight."
            )
    return result


def check_schedules(interpolation: Schedule, temperature: Schedule) -> None:
    """Raises `ConfigurationError` if λ or T is ever out of range."""
    for λ in interpolation.extremes:
        _checked_interpolation(λ)
    for value in temperature.extremes:
        _checked_temperature(value)


def _divided(factorization: Factorization, divisor: float) -> Factorization:
    """At T = 1 the same object, because it keeps the results of its inference."""
    return factorization if divisor == 1 else factorization.tempered(divisor)


def _checked_interpolation(λ: float) -> float:
    if not 0 <= λ <= 1:
        raise ConfigurationError(
            f"The interpolation λ is {λ}, expected a number from 0 (gold alone) to 1 (teacher alone)."
        )
    return λ


def _checked_temperature(temperature: float) -> float:
    check_range("The temperature", temperature, *TEMPERATURES)
    return temperature
