"""A warning about a teacher whose probability is mostly that of structures which the student cannot produce."""

from typing import Dict, List, Sequence

from skd_plugin.structures import (
    ArcLabels,
    ConstrainedChain,
    Factorization,
    Labeling,
    Parsing,
    Policy,
    SpanFactored,
    WeightedStructures,
    bioul,
    condition,
)

# From here on, most of the teacher's distribution is conditioned away.
LARGE = 0.5
_POLICIES: Dict[Policy, str] = {
    "renormalize": "`label_policy: 'renormalize'` conditions the teacher on what is left; 'error' would refuse labels "
    "that only the teacher has.",
    "error": "`label_policy: 'error'` refuses labels that only the teacher has, but not such structures.",
}
_LISTED = 12


def warning(lost: Sequence[float], structures: Sequence[str], teacher: str, policy: Policy) -> str:
    """
    What to say about a teacher; empty unless the mean lost mass is large.

    # Parameters

    lost : the lost mass of each sentence of a sample
    structures : the structures that are lost, in words
    teacher : its name
    policy : the label policy
    """
    mean = sum(lost) / len(lost)
    if mean <= LARGE:
        return ""
    return (
        f"kd_lost_mass is {mean:.2g} on average over the first {len(lost)} training sentences: the student learns only "
        f"from what is left of the distribution of teacher {teacher}. It cannot produce {'; '.join(structures)}. "
        f"{_POLICIES[policy]} Train the student with a vocabulary that has what is missing, or choose a model that can "
        "produce it."
    )


def lost_structures(teacher: Factorization, student: Factorization) -> List[str]:
    """The structures of a teacher that are conditioned away for a student, in words, kind by kind."""
    before = teacher.as_teacher
    after = condition(teacher, student, "renormalize").distribution
    if isinstance(before, WeightedStructures):
        return ["some of the structures in the teacher's lists"]
    lost = []
    labels = [label for label in before.labels if label not in after.labels]
    if labels and student.labels:
        lost.append(f"structures with the labels {_listed(labels)}, which its vocabulary lacks")
    if isinstance(before, SpanFactored) and isinstance(student, Labeling):
        lost += _missing_tags(before, student)
    if isinstance(before, SpanFactored) and type(after) is not type(before):
        lost.append("entities that overlap")
    if isinstance(student, (SpanFactored, ConstrainedChain)):
        if isinstance(before, Labeling) and not isinstance(before, ConstrainedChain):
            lost.append("tags that are ill-formed")
        if student.max_width is not None and student.max_width < before.mask.shape[1]:
            lost.append(f"entities of more than {student.max_width} words")
    if isinstance(student, ArcLabels):
        lost.append("trees with an arc for which its vocabulary has no label")
    elif isinstance(before, Parsing) and isinstance(student, Parsing) and student.support > before.support:
        lost.append(f"choices of heads that are not {student.support}")
    return lost


def _missing_tags(teacher: SpanFactored, student: Labeling) -> List[str]:
    common = tuple(kind for kind in teacher.labels if kind in bioul.types(student.labels))
    tags = [tag for tag in bioul.tags(common) if tag not in student.labels]
    return [f"entities that need the tags {_listed(tags)}, which its vocabulary lacks"] if tags else []


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
