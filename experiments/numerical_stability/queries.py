"""What a distribution is asked, and the values of one precision compared with those of another."""

from typing import Dict, Iterator, NamedTuple, Sequence, Tuple

import torch
from torch import Tensor

from experiments.numerical_stability.samples import BATCH, WORDS, Sample
from skd_plugin.structures import (
    Factorization,
    Labeling,
    LinearChain,
    Parsing,
    SpanFactored,
    bioul,
    kl_divergence,
    spans_of_tags,
)

# A probability may be wrong by this, an expected count by this for each of its summands, and a logarithm by this times
# the largest score of the batch.
TOLERANCE = 2e-5

Answers = Dict[str, Tensor]


class Comparison(NamedTuple):
    """
    broken : the number of sentences with NaN, or with infinity where there is none in the other precision
    wrong : the number of other sentences in which an answer is wrong by more than the tolerance
    errors : the largest error by query, relative to the tolerance
    """

    broken: int
    wrong: int
    errors: Dict[str, float]


def answers(own: Sample, other: Sample, students: Sequence[Sample], dtype: torch.dtype) -> Answers:
    """
    The answers to every query, and the gradients of the losses. `other` is a distribution of the same class, the
    teacher and the student of `own`; `students` only learn from `own`.
    """
    f, leaves = own.build(dtype)
    found = {**dict(_probabilities(f)), **dict(_logarithms(f)), **_gradients("log_partition", f.log_partition, leaves)}
    for name, teacher, sample in (("itself", own, own), ("from another", other, own), ("to another", own, other)):
        found.update(_lesson(name, teacher, sample, dtype))
    for student in students:
        found.update(_lesson(f"to {student.kind.name}", own, student, dtype))
    return {name: value.detach().double() for name, value in found.items()}


def compare(single: Answers, exact: Answers, largest_score: float) -> Comparison:
    broken = wrong = torch.zeros(BATCH, dtype=torch.bool)
    errors = {}
    for name, value in single.items():
        # log P of a structure that does not exist is −∞.
        same = (value == exact[name]) | (value.isneginf() & exact[name].isneginf())
        summands = 1.0 if name.startswith("P") else WORDS * BATCH if name.startswith("∂") else largest_score
        error = (value - exact[name]).abs().masked_fill(same, 0.0) / (TOLERANCE * summands)
        broken = broken | _any(~value.isfinite() & ~same)
        wrong = wrong | _any(error > 1)
        errors[name] = float(error.nan_to_num(torch.inf).max())
    return Comparison(int(broken.sum()), int((wrong & ~broken).sum()), errors)


def _probabilities(f: Factorization) -> Iterator[Tuple[str, Tensor]]:
    for name, value in vars(f.marginals).items():
        if value is not None:
            yield f"P {name}", value / WORDS if name == "transitions" else value
    if isinstance(f, LinearChain):
        yield "P token_posterior", f.token_posterior.token_marginals
    if isinstance(f, Parsing):
        yield "P arcs of argmax", f.arc_probabilities(f.argmax)
    elif isinstance(f, SpanFactored):
        yield "P spans of argmax", f.span_probabilities(f.argmax)
    elif isinstance(f, Labeling) and bioul.is_bioul(f.labels):
        spans = spans_of_tags(f.argmax, f.labels, bioul.types(f.labels), f.mask)
        yield "P spans of argmax", f.span_probabilities(spans)


def _logarithms(f: Factorization) -> Iterator[Tuple[str, Tensor]]:
    yield "log_partition", f.log_partition
    yield "entropy", f.entropy
    yield "−log P(argmax)", f.cross_entropy(f.indicator(f.argmax))
    yield "log P(n_best)", f.n_best(3).log_probabilities


def _lesson(name: str, teacher: Sample, student: Sample, dtype: torch.dtype) -> Answers:
    learner, leaves = student.build(dtype)
    loss = kl_divergence(teacher.build(dtype)[0], learner, "renormalize")
    return {f"KL {name}": loss, **_gradients(f"KL {name}", loss, leaves)}


def _gradients(name: str, loss: Tensor, leaves: Sequence[Tensor]) -> Answers:
    found = torch.autograd.grad(loss.sum(), leaves, allow_unused=True, materialize_grads=True)
    return {f"∂ {name} / ∂ potential {position}": gradient for position, gradient in enumerate(found)}


def _any(wrong: Tensor) -> Tensor:
    """Which sentences have a wrong entry. The gradient of a potential that all of them share counts for all."""
    return wrong.reshape(BATCH, -1).any(1) if len(wrong) == BATCH else wrong.any().expand(BATCH)
