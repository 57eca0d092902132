"""
What a teacher costs: how long it reads, and how much memory or disk what it says takes. It reads a sample to find out,
and its store is only looked at.
"""

import shutil
import time
from functools import partial
from typing import Container, Iterator, List, NamedTuple, Optional, Sequence

import numpy as np
from allennlp.data import Instance
from numpy.typing import NDArray

from skd_plugin.data import Streaming
from skd_plugin.distillation import Teacher
from skd_plugin.distillation.teachers.index import Keys
from skd_plugin.distillation.teachers.model import Words
from skd_plugin.distillation.teachers.reading import Survey
from skd_plugin.distillation.teachers.shard import size_of_own
from skd_plugin.distillation.teachers.store import Store
from skd_plugin.doctor.experiment import Experiment
from skd_plugin.doctor.finding import Finding
from skd_plugin.doctor.machine import free_memory
from skd_plugin.doctor.sample import rounds, words_of
from skd_plugin.doctor.wording import count, duration, size

LONGEST = 15.0
"""Seconds. If a round of reading takes more, there is no second one; and scoring should not take more."""
SLOW = 600.0
"""Seconds, above which reading with several processes is worth it."""
_OF_STORE = 32
"""How many sentences are measured for the size of a store."""


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


def read_sample(reading: Teacher, experiment: Experiment, missing: Container[Words]) -> Sample:
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


def sentences_of(experiment: Experiment) -> Iterator[Words]:
    loader = experiment.training
    return loader.iter_sentences() if isinstance(loader, Streaming) else map(words_of, loader.iter_instances())


def time_and_room(
    teacher: Teacher, reading: Teacher, store: Optional[Store], experiment: Experiment, sample: Sample, num_missing: int
) -> Iterator[Finding]:
    """What is still to be read, how long that takes, and how much room it needs."""
    held_out = experiment.validation
    known = [] if held_out is None else [words_of(one) for one in held_out.iter_instances() if "metadata" in one.fields]

    def sentences() -> Iterator[Words]:
        yield from sentences_of(experiment)
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


def opened_store(teacher: Teacher, fingerprint: str) -> Optional[Store]:
    """Its store, only to look at. Raises `ConfigurationError` if it is another teacher's, or is being filled."""
    if teacher.store_path is None:
        return None
    store = Store(teacher.store_path, fingerprint)
    store.open(read_only=True)
    store.refuse_missing_folds()
    return store


def _reading_time(sentences: int, mean_length: float, sample: Sample, has_store: bool) -> Finding:
    expected = sentences * sample.mean_seconds
    fastest, slowest = (duration(sentences * limit(sample.seconds)) for limit in (min, max))
    between = "" if fastest == slowest else f" ({fastest} to {slowest})"
    about = "about " if expected >= 1 else ""
    rate = float(f"{mean_length / sample.mean_seconds:.2g}")
    text = (
        f"It reads about {rate:,.0f} words a second, and takes {about}{duration(expected)}"
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
