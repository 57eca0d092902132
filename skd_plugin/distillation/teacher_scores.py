"""How good the teachers are: the student's own metrics, on the validation data, of the teachers' best structures."""

import logging
import math
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple, cast, final

import torch
from allennlp.common.util import lazy_groups_of
from allennlp.data import Batch, Instance
from allennlp.nn.util import dist_reduce, move_to_device
from torch.distributed import ReduceOp

from skd_plugin.models import StructuredModel
from skd_plugin.structures import Factorization, LabelMismatch, NoProjection, NotDefined, condition, translated

logger = logging.getLogger(__name__)

Metrics = Dict[str, float]
TeacherOutput = Callable[[Sequence[Any]], Factorization]
"""From the words of sentences to the distributions over their structures."""

BATCH_SIZE = 32

MAIN_METRICS = ("LAS", "f1-measure-overall", "accuracy")
"""Every model with gold has one of these. They are in the order in which they say most about the model."""


def score(
    teachers: Sequence[TeacherOutput],
    student: StructuredModel,
    instances: Iterable[Instance],
    device: torch.device,
) -> List[Metrics]:
    """
    For each teacher the student's metrics, as if the teacher's best structures were the student's output.

    A teacher is conditioned on what the student can produce, as it is when it teaches. The metrics are empty if the
    instances have no gold. In a distributed run, all processes have to call this together.

    # Parameters

    teachers : their distributions
    student : the model, whose metrics are reset
    instances : what the student's metrics need, with the sentences' words in the field `metadata`
    device : the student's device
    """
    instances = list(instances)
    # The metrics of a batch are added up over all processes, so all have to score the same number of batches.
    batches = dist_reduce(math.ceil(len(instances) / BATCH_SIZE), ReduceOp.MIN)
    shared = instances[: batches * BATCH_SIZE]
    training = student.training
    student.eval()
    student.get_metrics(reset=True)
    with torch.no_grad():
        scores = [_score(teacher, student, shared, device) for teacher in teachers]
    student.train(training)
    return scores


class Comparison:
    """
    Compares the student's validation metrics with those of its best teacher.

    # Parameters

    scores : `Sequence[Dict[str, float]]`
        For each teacher the metrics of its best structures.
    tracked : `Sequence[Tuple[float, str]]`
        The names of the metrics by which the trainer chooses the best epoch, and their signs. If a teacher has not got
        all of them (it has no `loss`), the first of LAS, entity F1 and accuracy takes their place.
    """

    def __init__(self, scores: Sequence[Metrics], tracked: Sequence[Tuple[float, str]]) -> None:
        complete = all(name in metrics for metrics in scores for _, name in tracked)
        main = [(1.0, name) for name in MAIN_METRICS if all(name in metrics for metrics in scores)]
        self._tracked = list(tracked) if complete else main[:1]
        self._best: Optional[float] = None
        if self._tracked and scores:
            self._best = max(self._combined(metrics) for metrics in scores)

    def warning(self, metrics: Metrics) -> str:
        """What to say about a student with these metrics; empty unless it is better than each of its teachers."""
        if self._best is None or not all(name in metrics for _, name in self._tracked):
            return ""
        ours = self._combined(metrics)
        if ours <= self._best:
            return ""
        names = " ".join(f"{'+' if sign > 0 else '-'}{name}" for sign, name in self._tracked)
        return (
            f"The student is better than its teacher on the validation data: {names} is {ours:.4g}, and that of the "
            f"best teacher {self._best:.4g}. Such a teacher can hold its student back. Compare with the student "
            "trained alone; use a better teacher, or a smaller `interpolation` at the end of training."
        )

    def _combined(self, metrics: Metrics) -> float:
        return sum(sign * metrics[name] for sign, name in self._tracked)


def _score(
    teacher: TeacherOutput,
    student: StructuredModel,
    instances: Sequence[Instance],
    device: torch.device,
) -> Metrics:
    try:
        for batch in lazy_groups_of(instances, BATCH_SIZE):
            _score_batch(teacher, student, batch, device)
    except (LabelMismatch, NoProjection, NotDefined, NotImplementedError) as error:
        logger.warning("A teacher is not scored on the validation data. %s", error)
        student.get_metrics(reset=True)
    # Without a reset, the metrics leave out those of each type of entity.
    metrics = student.get_metrics(reset=False)
    student.get_metrics(reset=True)
    return metrics


def _score_batch(
    teacher: TeacherOutput,
    student: StructuredModel,
    instances: List[Instance],
    device: torch.device,
) -> None:
    batch = Batch(instances)
    batch.index_instances(student.vocab)
    fields = dict(move_to_device(batch.as_tensor_dict(), device))
    tokens, metadata = fields.pop("tokens"), fields.pop("metadata", None)
    own = student.factorize(tokens, metadata)
    conditioned, _ = condition(teacher([tuple(sentence["words"]) for sentence in metadata]), own, "renormalize")
    best = translated(conditioned.argmax, conditioned, own)
    student.decode_best(cast(Factorization, _WithBest(own, best)), fields, metadata)


@final
class _WithBest:
    """A factorization with another `argmax`."""

    def __init__(self, factorization: Factorization, best: Any) -> None:
        self._factorization = factorization
        self.argmax = best

    def __getattr__(self, name: str) -> Any:
        return getattr(self._factorization, name)
