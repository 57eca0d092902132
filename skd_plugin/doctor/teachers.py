"""
The teachers of a distillation: whether they fit the student, what is lost between the two, how good they are, how long
they take to read, and how much memory or disk what they say takes.

A teacher reads a sample of the training sentences, and of the validation sentences. Its store is only looked at.
"""

import shutil
import time
from functools import partial
from itertools import islice
from typing import Any, Container, Iterator, List, NamedTuple, Optional, Sequence, Set

import numpy as np
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Instance
from numpy.typing import NDArray

from skd_plugin.data import Streaming
from skd_plugin.distillation import Distiller, Teacher
from skd_plugin.distillation.lost_mass import LARGE
from skd_plugin.distillation.teacher_scores import MAIN_METRICS, score
from skd_plugin.distillation.teachers.index import Keys
from skd_plugin.distillation.teachers.model import Words
from skd_plugin.distillation.teachers.reading import Survey
from skd_plugin.distillation.teachers.shard import size_of_own
from skd_plugin.distillation.teachers.store import Store
from skd_plugin.doctor.data import as_sentence
from skd_plugin.doctor.experiment import Experiment
from skd_plugin.doctor.finding import Finding
from skd_plugin.doctor.machine import free_memory
from skd_plugin.doctor.sample import GROUP, rounds, words_of
from skd_plugin.doctor.student import factorize, structured
from skd_plugin.doctor.training import size_of_model
from skd_plugin.doctor.wording import count, duration, listed, size
from skd_plugin.models import StructuredModel
from skd_plugin.structures import Factorization, label_names

LONGEST = 15.0
"""Seconds. If a round of reading takes more, there is no second one; and scoring should not take more."""
SCORED = 300
"""How many validation sentences a teacher reads at most."""
POOR = 0.3
"""A lower score is that of a teacher that has hardly been trained, or on other labels."""
SLOW = 600.0
"""Seconds, from which on it is worth to read on several processes."""
_NOTICEABLE = 0.05
_OF_STORE = 32


class Sample(NamedTuple):
    """
    What a teacher has read.

    # Parameters

    instances : `List[Instance]`
        The sentences, as the student reads them.
    seconds : `List[float]`
        The time that a sentence takes on average, in each round.
    """

    instances: List[Instance]
    seconds: List[float]

    @property
    def words(self) -> List[Words]:
        return [words_of(instance) for instance in self.instances]

    @property
    def mean_seconds(self) -> float:
        return sum(self.seconds) / len(self.seconds)


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
    missing = set(reading.missing(_sentences(experiment)))
    if missing:
        yield _missing(missing, experiment)
    sample = _read_sample(reading, experiment, missing)
    if not sample.instances:
        yield Finding("error", "It can say nothing about any training sentence.", "Give it the sentences of the data.")
        return
    yield from _labels(reading(sample.words[:1]), factorize(student, sample.instances[:1], device))
    yield from _lost_mass(distiller, reading, student, sample, device)
    yield from _time_and_room(teacher, reading, experiment, sample, len(missing))
    yield from _score(reading, student, experiment, sample)


def _size(model: Any) -> Iterator[Finding]:
    values = [part for value in vars(model).values() for part in (value if isinstance(value, tuple) else (value,))]
    modules = [value for value in values if isinstance(value, torch.nn.Module)]
    if modules:
        yield Finding("ok", f"{type(modules[0]).__name__}: {size_of_model(modules)}")


def _sentences(experiment: Experiment) -> Iterator[Words]:
    loader = experiment.training
    return loader.iter_sentences() if isinstance(loader, Streaming) else map(words_of, loader.iter_instances())


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


def _read_sample(reading: Teacher, experiment: Experiment, missing: Container[Words]) -> Sample:
    """Reads a round of sentences, or two, and takes the time."""
    instances: List[Instance] = []
    seconds: List[float] = []
    for groups in rounds(experiment, missing):
        if not instances:
            # What is made at the first sentence, such as compiled kernels, is not timed.
            reading.study(partial(map, words_of, groups[0][:1]), is_primary=False)
        times = [_time(reading, group) for group in groups]
        instances += [instance for group in groups for instance in group]
        seconds.append(sum(time / len(group) for time, group in zip(times, groups)) / len(groups))
        if sum(times) > LONGEST:
            break
    return Sample(instances, seconds)


def _time(reading: Teacher, group: Sequence[Instance]) -> float:
    start = time.perf_counter()
    reading.study(partial(map, words_of, group), is_primary=False)
    return time.perf_counter() - start


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


def _time_and_room(
    teacher: Teacher, reading: Teacher, experiment: Experiment, sample: Sample, num_missing: int
) -> Iterator[Finding]:
    """What is still to be read, how long that takes, and how much room it needs."""
    store = _opened(teacher, reading.fingerprint)
    held_out = experiment.validation
    known = [] if held_out is None else [words_of(one) for one in held_out.iter_instances() if "metadata" in one.fields]

    def sentences() -> Iterator[Words]:
        yield from _sentences(experiment)
        yield from known

    survey = Survey(sentences, _has_none if store is None else store.has)
    mean_length = sum(map(len, sample.words)) / len(sample.words)
    unread = max(0, survey.num_unread - num_missing)
    if store is not None:
        stored = survey.num_different - survey.num_unread
        yield Finding("ok", f"{teacher.store_path} has {stored:,} of the {survey.num_different:,} different sentences")
    if unread:
        yield _reading_time(unread, mean_length, sample, store is not None)
    per_sentence = _bytes_of(reading, sample)
    yield from _room(teacher, per_sentence * unread)


def _has_none(names: Keys) -> NDArray[np.bool_]:
    return np.zeros(len(names), dtype=bool)


def _opened(teacher: Teacher, fingerprint: str) -> Optional[Store]:
    """Its store, only to look at. Raises `ConfigurationError` if it is another teacher's, or is being filled."""
    if teacher.store_path is None:
        return None
    store = Store(teacher.store_path, fingerprint)
    store.open(read_only=True)
    if store.lacks_folds:
        raise ConfigurationError(
            f"The store {teacher.store_path} is being filled by `allennlp skd-cross-fit`, which has not finished. Run "
            "that command again, which goes on where it was, or name another folder."
        )
    return store


def _reading_time(sentences: int, mean_length: float, sample: Sample, has_store: bool) -> Finding:
    expected = sentences * sample.mean_seconds
    fastest, slowest = (duration(sentences * limit(sample.seconds)) for limit in (min, max))
    between = "" if fastest == slowest else f" ({fastest} to {slowest})"
    rate = float(f"{mean_length / sample.mean_seconds:.2g}")
    text = (
        f"It reads about {rate:,.0f} words a second, and takes about {duration(expected)}"
        f"{between} for the {count(sentences, 'sentence')} that it has still to read, before the first epoch"
    )
    if expected > SLOW:
        once = "" if has_store else "Name a `store`, and it reads them once for all students. "
        return Finding("note", f"{text}.", f"{once}`allennlp skd-annotate` reads with several processes, or on a GPU.")
    return Finding("ok", text)


def _bytes_of(reading: Teacher, sample: Sample) -> float:
    """The bytes of what it says of a sentence."""
    some = sample.words[:: max(1, len(sample.words) // _OF_STORE)]
    return sum(size_of_own(reading([words]).to("cpu")) for words in some) / len(some)


def _room(teacher: Teacher, num_bytes: float) -> Iterator[Finding]:
    path = teacher.store_path
    if path is not None:
        existing = next(folder for folder in (path, *path.absolute().parents) if folder.exists())
        free, where = shutil.disk_usage(existing).free, f"on the disk of {path}"
        remedy = "Free some space, or fill the store in half precision before: allennlp skd-annotate --dtype float16."
    else:
        available = free_memory()
        if available is None:
            return
        free, where = available, "in memory"
        remedy = "Name a folder as its `store`: the potentials are then on disk, and serve later runs, too."
    text = f"What it says of them takes about {size(num_bytes)} {where}"
    if num_bytes > 0.9 * free:
        yield Finding("warning", f"{text}, where {size(free)} are free.", remedy)
    elif num_bytes:
        yield Finding("ok", text)


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
