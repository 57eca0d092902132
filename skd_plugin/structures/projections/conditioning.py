"""What a teacher is conditioned on, P_t(y | the student can produce y), and when that is refused."""

from __future__ import annotations

import torch

from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.labels import LabelMismatch, Policy, common_labels
from skd_plugin.structures.sequences import bioul
from skd_plugin.structures.sequences.constrained_chain import ConstrainedChain, constrained
from skd_plugin.structures.sequences.labeling import Labeling

# What a teacher may give to structures that the student lacks before the policy "error" refuses it. It is a difference
# of two log Z, whose last digits are rounding: in float32 and a hundred words more than this.
_NEGLIGIBLE = 1e-5
_DIGITS = 4


def check_lost(teacher: Factorization, known: Factorization, what: str, remedy: str) -> None:
    """Raises `LabelMismatch` if the teacher gives mass to what is not in `known`, the teacher conditioned."""
    total = teacher.log_partition
    lost = -torch.expm1((known.log_partition - total).clamp(max=0))
    negligible = _NEGLIGIBLE + _DIGITS * torch.finfo(total.dtype).eps * total.abs()
    if bool((lost > negligible).any()):
        worst = int((lost - negligible).argmax())
        raise LabelMismatch(
            f"The teacher gives {100 * float(lost[worst]):.3g}% of its probability to {what} (sentence {worst + 1} of "
            f"the batch, of {int(teacher.lengths[worst])} words). {remedy}"
        )


def on_spans(teacher: Labeling, types: tuple[str, ...], max_width: int, policy: Policy) -> ConstrainedChain:
    """
    A distribution over label sequences, conditioned on those that are well-formed BIOUL tags: always, and exactly.

    `policy` is for types that are not among `types`, and for spans of more than `max_width` words.
    """
    check_tags("teacher", teacher.labels)
    common = common_labels(bioul.types(teacher.labels), types, policy)
    kept = tuple(label for label in teacher.labels if label == "O" or label[2:] in common)
    known = constrained(teacher if kept == teacher.labels else teacher.restricted(kept))
    if max_width >= teacher.mask.shape[1]:
        return known
    narrow = constrained(known, max_width)
    if policy == "error":
        check_width(known, narrow, max_width)
    return narrow


def check_width(teacher: Factorization, narrow: Factorization, max_width: int) -> None:
    check_lost(
        teacher,
        narrow,
        f"spans of more than {max_width} words, the student's maximal width",
        "Choose the label policy 'renormalize' to condition the teacher on narrower spans, or a student with a larger "
        "maximal width.",
    )


def check_tags(whose: str, labels: tuple[str, ...]) -> None:
    """Raises `LabelMismatch` unless every flat set of spans may be written in these labels, or at least none at all."""
    if not bioul.is_bioul(labels) or "O" not in labels:
        raise LabelMismatch(
            f"The {whose}'s labels are {', '.join(labels)}, expected BIOUL tags with an O among them: nothing else "
            "corresponds to spans. Teach spans by models of entities, and entities by models of spans."
        )
