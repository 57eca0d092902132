"""
The teachers of a distillation: whether they fit the student, what is lost between the two, and how good they are.

A teacher reads a sample of the training sentences, and of the validation sentences.
"""

from itertools import islice
from typing import Any, Iterator, Sequence, Set

import torch

from skd_plugin.distillation import Distiller, Teacher
from skd_plugin.distillation.lost_mass import LARGE
from skd_plugin.distillation.student import factorize, structured
from skd_plugin.distillation.teacher_scores import MAIN_METRICS, score
from skd_plugin.distillation.teachers.index import as_keys
from skd_plugin.distillation.teachers.keys import key
from skd_plugin.distillation.teachers.model import Words
from skd_plugin.doctor.cost import LONGEST, Sample, opened_store, read_sample, sentences_of, time_and_room
from skd_plugin.doctor.data import as_sentence
from skd_plugin.doctor.experiment import Experiment
from skd_plugin.doctor.finding import Finding
from skd_plugin.doctor.sample import GROUP, words_of
from skd_plugin.doctor.training import size_of_model
from skd_plugin.doctor.wording import count, listed
from skd_plugin.models import StructuredModel
from skd_plugin.structures import Factorization, label_names

SCORED = 300
"""How many validation sentences a teacher reads at most."""
POOR = 0.3
"""A lower score is that of a teacher that has hardly been trained, or on other labels."""
_NOTICEABLE = 0.05


def examine_teacher(
    distiller: Distiller, teacher: Teacher, reading: Teacher, experiment: Experiment
) -> Iterator[Finding]:
    """
    What can be said of one of a distiller's teachers. Raises `ConfigurationError` if it cannot teach this student.

    # Parameters

    distiller : `Distiller`
    teacher : `Teacher`
        One of the distiller's.
    reading : `Teacher`
        The same without its store. Afterwards it has read a sample.
    experiment : `Experiment`
    """
    device = experiment.trainer.cuda_device
    student = structured(experiment.model)
    reading.open(device)
    model = reading.load()
    yield from _size(model)
    store = opened_store(teacher, reading.fingerprint)
    unreadable = set(reading.missing(sentences_of(experiment)))
    missing = {words for words in unreadable if store is None or not store.has(as_keys(key(words)))[0]}
    if missing:
        yield _missing(missing, experiment)
    sample = read_sample(reading, experiment, unreadable)
    if not sample.instances:
        yield Finding("error", "It can say nothing about any training sentence.", "Give it the sentences of the data.")
        return
    yield from _labels(reading(sample.words[:1]), factorize(student, sample.instances[:1], device))
    yield from _lost_mass(distiller, reading, student, sample, device)
    yield from time_and_room(teacher, reading, store, experiment, sample, len(missing))
    yield from _score(reading, student, experiment, sample)


def _size(model: Any) -> Iterator[Finding]:
    values = [part for value in vars(model).values() for part in (value if isinstance(value, tuple) else (value,))]
    modules = [value for value in values if isinstance(value, torch.nn.Module)]
    if modules:
        yield Finding("ok", f"{type(modules[0]).__name__}: {size_of_model(modules)}")


def _missing(missing: Set[Words], experiment: Experiment) -> Finding:
    """Sentences that have labels are learned from these alone; the training refuses others."""
    example = " ".join(next(iter(sorted(missing))))[:60]
    text = (
        f"It says nothing about {count(len(missing), 'different sentence')} of the training data, such as {example!r}"
    )
    instances = experiment.training.iter_instances()
    if any(words_of(one) in missing and as_sentence(one).tags is None for one in instances):
        return Finding(
            "error",
            f"{text}. Some have no labels either, and the training refuses those.",
            "Add them to what it has, or leave them out of the data. It finds sentences by their words, which have to "
            "be the same.",
        )
    return Finding("note", f"{text}. They have labels, and are learned from these alone.", "Add them to what it has.")


def _labels(teacher: Factorization, student: Factorization) -> Iterator[Finding]:
    """The labels that only one of the two has."""
    theirs, ours = set(label_names(teacher)), set(label_names(student))
    only_theirs, only_ours = sorted(theirs - ours), sorted(ours - theirs)
    if not ours or not (only_theirs or only_ours):
        yield Finding("ok", f"It has the student's {len(ours)} labels" if ours else "The student has no labels")
        return
    if only_theirs and only_ours:
        yield Finding(
            "warning",
            f"Only the teacher has the labels {listed(only_theirs)}; only the student has {listed(only_ours)}.",
            "If some are other names for the same things, say so: label_map: "
            f"{{ {_label_map(only_theirs, only_ours)} }}",
        )
    elif only_theirs:
        yield Finding(
            "note",
            f"Only the teacher has the labels {listed(only_theirs)}.",
            "label_policy: 'renormalize' leaves them out; to learn them, train the student with them in its "
            "vocabulary.",
        )
    else:
        yield Finding(
            "note",
            f"Only the student has the labels {listed(only_ours)}. It learns them from gold alone.",
            "Enough, if they have labelled sentences. Otherwise take another teacher for them, beside this one.",
        )


def _label_map(theirs: Sequence[str], ours: Sequence[str]) -> str:
    """What a label map could be: labels that begin alike, as PERSON and PER do, are probably the same."""
    pairs = {
        one: other
        for one in theirs
        for other in ours
        if one.lower().startswith(other.lower()) or other.lower().startswith(one.lower())
    }
    return ", ".join(f"{one}: {pairs[one]!r}" for one in pairs) or f"{theirs[0]}: …"


def _lost_mass(
    distiller: Distiller, reading: Teacher, student: StructuredModel, sample: Sample, device: torch.device
) -> Iterator[Finding]:
    values, structures = distiller.lost_mass(reading, student, sample.instances, device)
    mean = sum(values) / len(values)
    of = f"over {count(len(values), 'training sentence')}"
    if not structures:
        yield Finding("ok", "The student can produce all that it says")
    elif mean <= _NOTICEABLE:
        yield Finding("ok", f"The student can produce {1 - mean:.1%} of what it says, on average {of}")
    else:
        yield Finding(
            "warning" if mean > LARGE else "note",
            f"The student cannot produce {mean:.0%} of what it says, on average {of} (kd_lost_mass): "
            f"{'; '.join(structures)}. It learns from the rest.",
            "Train the student with a vocabulary that has what is missing, or take a model that can produce it.",
        )


def _score(reading: Teacher, student: StructuredModel, experiment: Experiment, sample: Sample) -> Iterator[Finding]:
    """The student's own metrics for the teacher's best structures, on the first validation sentences."""
    held_out = experiment.validation
    if held_out is None:
        return
    number = max(GROUP, min(SCORED, int(LONGEST / sample.mean_seconds)))
    instances = [one for one in islice(held_out.iter_instances(), number) if "metadata" in one.fields]
    if reading.missing(map(words_of, instances)):
        return
    [metrics] = score([reading], student, instances, experiment.trainer.cuda_device)
    names = [name for name in MAIN_METRICS if name in metrics]
    if not names:
        return
    text = (
        f"Its {names[0]} on the first {count(len(instances), 'validation sentence')} is {metrics[names[0]]:.3f}, as "
        "far as the student can produce what it says"
    )
    if metrics[names[0]] < POOR:
        yield Finding(
            "warning",
            f"{text}. A student learns its teacher's mistakes, too.",
            "See whether it is trained to its end, and whether its labels mean what the student's do.",
        )
    else:
        yield Finding("ok", f"{text}; the student trained alone should have less")
