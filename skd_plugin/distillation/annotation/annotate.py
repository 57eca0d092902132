"""
Reads a corpus with a teacher, into its store.

Everything that can be refused is refused before the reading begins, which may take hours: the teacher is loaded, every
sentence is looked at once, the store is tried, and a sample of the potentials is brought to the precision wanted.
"""

import logging
import shutil
import time
from pathlib import Path
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import torch
from allennlp.common import Params, Tqdm
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from skd_plugin.distillation.annotation.corpus import Corpus, Source, sources_of_config, sources_of_files
from skd_plugin.distillation.annotation.on_ray import check_ray, read_on_ray
from skd_plugin.distillation.annotation.processes import read_in_processes
from skd_plugin.distillation.annotation.worker import Task, Worker
from skd_plugin.distillation.teachers.keys import key
from skd_plugin.distillation.teachers.model import TeacherModel, refuse_missing
from skd_plugin.distillation.teachers.plan import Input, Plan
from skd_plugin.distillation.teachers.precision import HALVES, PRECISIONS, rounding_loss
from skd_plugin.distillation.teachers.reading import PART_SIZE, Part, Survey, read
from skd_plugin.distillation.teachers.shard import Arguments, size_of_own
from skd_plugin.distillation.teachers.store import Store

logger = logging.getLogger(__name__)

SAMPLE = 64
"""How many sentences are read before all others, to find out what a store of them is like."""


class Corpora(NamedTuple):
    """
    What is to be read.

    # Parameters

    files : `Sequence[str]`, optional (default = `()`)
        Files of text, or in the reader's own format, whose labels do not matter. The reader is that of the config, or
        of the teacher if there is none.
    config : `str`, optional (default = `None`)
        The config of a student, whose training and validation data are read too.
    overrides : `str`, optional (default = `""`)
        JSON, as for `allennlp train -o`.
    """

    files: Sequence[str] = ()
    config: Optional[str] = None
    overrides: str = ""


class Workers(NamedTuple):
    """
    Who reads.

    # Parameters

    number : `int`, optional (default = `1`)
    engine : `str`, optional (default = `"local"`)
        `local` for processes of this machine, `ray` for actors of Ray.
    address : `str`, optional (default = `None`)
        That of a running cluster of Ray.
    devices : `Sequence[int]`, optional (default = `(-1,)`)
        GPUs, over which the workers are spread; −1 is the CPU.
    job : `Tuple[int, int]`, optional (default = `(1, 1)`)
        Which of how many commands this is, each of which reads an equal share of the parts.
    """

    number: int = 1
    engine: str = "local"
    address: Optional[str] = None
    devices: Sequence[int] = (-1,)
    job: Tuple[int, int] = (1, 1)

    @property
    def device_of_each(self) -> List[int]:
        return [self.devices[index % len(self.devices)] for index in range(self.number)]


class Annotated(NamedTuple):
    """
    What was done.

    # Parameters

    store : `Store`
        Opened.
    corpus : `Corpus`
        What was to be read.
    num_different : `int`
        How many different sentences the corpus has.
    num_read : `int`
        How many of them were read now.
    num_left : `int`
        How many are still to be read, by other jobs.
    seconds : `float`
        The time of the reading.
    """

    store: Store
    corpus: Corpus
    num_different: int
    num_read: int
    num_left: int
    seconds: float


def annotate(
    teacher: TeacherModel,
    corpora: Corpora,
    folder: Path,
    part_size: int = PART_SIZE,
    precision: Optional[str] = None,
    workers: Workers = Workers(),
    batch_size: int = 64,
    threads: int = 1,
) -> Annotated:
    """
    Reads what the store lacks of the corpora. Raises `ConfigurationError`.

    # Parameters

    teacher : `TeacherModel`
        It stays as it is, not loaded.
    corpora : `Corpora`
    folder : `Path`
        Its store.
    part_size : `int`, optional (default = `PART_SIZE`)
        How many different sentences are in a shard.
    precision : `str`, optional (default = `None`)
        One of `PRECISIONS`. By default that of the store, and float32 if it is new.
    workers : `Workers`, optional
    batch_size : `int`, optional (default = `64`)
    threads : `int`, optional (default = `1`)
        See `Task` for these.
    """
    if workers.engine == "ray":
        check_ray()
    else:
        _check_devices(workers.devices)
    # Absolute, because workers may be in another folder.
    task = Task(teacher, teacher.fingerprint(), folder.absolute(), "", batch_size, threads)
    store = Store(folder, task.fingerprint)
    store.open()
    task = task._replace(precision=_checked_precision(store, precision))
    unwritable = _prepared(store)
    in_this_process = workers.engine == "local" and workers.number == 1
    model = task.load(workers.devices[0] if workers.engine == "local" else -1)
    corpus = Corpus(_sources(corpora, model))
    survey = Survey(corpus, store.has, part_size)
    if unwritable and survey.num_unread:
        raise unwritable
    job, of = workers.job
    parts = {number: count for number, count in survey.unread_parts.items() if number % of == job - 1}
    if survey.num_unread:
        if model.is_partial:
            refuse_missing(model.name, model.missing(corpus()))
        _describe(store, task, model, _unchanged(survey, survey.unread_parts, corpora), sum(parts.values()))
    if not unwritable:
        _record(store, corpus.inputs(survey))
    start, num_read = time.monotonic(), sum(parts.values())
    if parts:
        known = survey.num_different - survey.num_unread
        logger.info("Reading %d parts with %d sentences; %d sentences are stored", len(parts), num_read, known)
        with Tqdm.tqdm(total=num_read, desc="teacher", unit=" sentences") as progress:
            unread = _unchanged(survey, parts, corpora)
            if in_this_process:
                worker = Worker(task, model=model)
                for part in unread:
                    worker.read(part.sentences, progress.update)
            else:
                del model
                _read(task, unread, workers, len(parts), progress.update)
    seconds = time.monotonic() - start
    store.open()
    return Annotated(store, corpus, survey.num_different, num_read, survey.num_missing(store.has), seconds)


def _prepared(store: Store) -> Optional[ConfigurationError]:
    """Why nothing can be written into the store, if so. One in which everything is stored need not be written."""
    try:
        store.prepare()
    except ConfigurationError as error:
        if store.plan is None:
            raise
        return error
    return None


def _read(task: Task, parts: Iterator[Part], workers: Workers, num_parts: int, report: Callable[[int], object]) -> None:
    devices = workers.device_of_each[:num_parts]
    if workers.engine == "ray":
        read_on_ray(task, parts, devices, workers.address, report)
    else:
        read_in_processes(task, parts, devices, report)


def _check_devices(devices: Sequence[int]) -> None:
    count = torch.cuda.device_count()
    for device in devices:
        if not -1 <= device < count:
            raise ConfigurationError(
                f"--cuda-device is {device}, and PyTorch finds {count} GPUs, which count from 0. Name one of them, or "
                "leave the option out to read on the CPU."
            )


def _checked_precision(store: Store, wanted: Optional[str]) -> str:
    there = wanted if store.plan is None else store.plan.precision
    if wanted not in (None, there):
        raise ConfigurationError(
            f"The store {store.path} is in {there}, and --dtype is {wanted}. Leave --dtype out to go on in {there}, or "
            "name another folder."
        )
    return there or next(iter(PRECISIONS))


def _sources(corpora: Corpora, model: TeacherModel) -> List[Source]:
    of_config = []
    reader: DatasetReader = model.reader
    if corpora.config is not None:
        params = Params.from_file(corpora.config, corpora.overrides)
        of_config = sources_of_config(params, corpora.config)
        reader = of_config[0].reader
    return of_config + (sources_of_files(corpora.files, reader) if corpora.files else [])


def _describe(store: Store, task: Task, model: TeacherModel, unread: Iterator[Part], num_to_read: int) -> None:
    """Reads a sample, for the plan of a new store, and to find out whether the disk has room for what is to come."""
    part = next(unread)
    sample = part.sentences[:: -(-len(part.sentences) // SAMPLE)]
    factorizations = read(model, sample, task.batch_size)
    sentences = [factorizations[key(words)] for words in sample]
    # Another command may have begun the store meanwhile.
    store.open()
    _checked_precision(store, task.precision)
    store.check(sentences[0])
    dtype = PRECISIONS[task.precision]
    try:
        loss = rounding_loss(sentences, dtype) if dtype in HALVES else None
        if store.plan is None:
            store.begin(Plan(task.fingerprint, Arguments.of(sentences[0]), task.precision, loss))
    except OverflowError as error:
        raise ConfigurationError(f"{error} Give another --dtype: bfloat16 or float32.") from error
    except OSError as error:
        raise _not_written(store, error) from error
    expected = sum(size_of_own(sentence, dtype) for sentence in sentences) * num_to_read // len(sample)
    free = shutil.disk_usage(task.store).free
    if expected > free:
        logger.warning(
            "About %.1f GB are going to be written into %s, whose disk has %.1f GB left.",
            expected / 1e9,
            store.path,
            free / 1e9,
        )


def _record(store: Store, inputs: List[Input]) -> None:
    """Writes into the plan what was given, and says which of it has changed since it was given before."""
    assert store.plan is not None
    before = {entry.path: entry for entry in store.plan.inputs}
    now = {entry.path: entry for entry in inputs}
    for path, entry in now.items():
        if before.get(path, entry) != entry:
            logger.warning(
                "%s has changed since it was annotated: it had %d sentences, and has %d. Those that are new are read.",
                path,
                before[path].sentences,
                entry.sentences,
            )
    together = list({**before, **now}.values())
    if together != store.plan.inputs:
        try:
            store.begin(store.plan._replace(inputs=together))
        except OSError as error:
            raise _not_written(store, error) from error


def _not_written(store: Store, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"The store {store.path} cannot be written ({error}). Free some space, or see to the disk."
    )


def _unchanged(survey: Survey, numbers: Dict[int, int], corpora: Corpora) -> Iterator[Part]:
    """The parts with these numbers. Raises `ConfigurationError` if the corpus has changed since it was surveyed."""
    try:
        yield from survey.parts(numbers)
    except ValueError as error:
        names = ", ".join([*corpora.files, *filter(None, [corpora.config])])
        raise ConfigurationError(
            f"{error} Something is writing to what is read here ({names}). Wait until it is complete, and run the "
            "same command again: it goes on from there."
        ) from error
