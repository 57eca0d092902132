"""A worker: it has the teacher, reads one part after another, and writes a shard of each."""

from pathlib import Path
from typing import Callable, NamedTuple, Optional, Sequence

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import int_to_device

from skd_plugin.distillation.teachers.model import TeacherModel, Words, load_model
from skd_plugin.distillation.teachers.reading import read
from skd_plugin.distillation.teachers.store import Store


class Task(NamedTuple):
    """
    What all workers have in common.

    # Parameters

    model : `TeacherModel`
        The teacher, which is not loaded, so that it can be sent to a process.
    fingerprint : `str`
        That of the teacher.
    store : `Path`
        The folder, in which there is a plan.
    precision : `str`
        That of the plan.
    batch_size : `int`, optional (default = `64`)
        How many sentences are read at once, at most.
    threads : `int`, optional (default = `1`)
        How many threads PyTorch may use in a worker. Another number may change the last bits of potentials.
    """

    model: TeacherModel
    fingerprint: str
    store: Path
    precision: str
    batch_size: int = 64
    threads: int = 1

    def load(self, device: int) -> TeacherModel:
        """The teacher on a device, by its number as in AllenNLP: −1 is the CPU. PyTorch then has these threads."""
        torch.set_num_threads(self.threads)
        return load_model(self.model, self.fingerprint, int_to_device(device))


class Worker:
    """
    Loads the teacher. Raises `ConfigurationError` if the store is not the one that the task means.

    # Parameters

    task : `Task`
    device : `int`, optional (default = `-1`)
    model : `TeacherModel`, optional (default = `None`)
        The teacher, if it is loaded already.
    """

    def __init__(self, task: Task, device: int = -1, model: Optional[TeacherModel] = None) -> None:
        self._task = task
        self._store = Store(task.store, task.fingerprint)
        self._store.open()
        self._check_plan()
        self._model = model or task.load(device)

    def read(self, sentences: Sequence[Words], report: Optional[Callable[[int], object]] = None) -> None:
        """
        Reads these sentences and writes their shard.

        Raises `ConfigurationError` if the shard cannot be written.

        # Parameters

        sentences : `Sequence[Words]`
        report : `Callable[[int], object]`, optional
            Is told of each batch how many sentences it has.
        """
        factorizations = read(self._model, sentences, self._task.batch_size, report)
        try:
            self._store.write(factorizations)
        except OSError as error:
            raise ConfigurationError(
                f"The store {self._task.store} cannot be written ({error}). The shards that are there are whole. Free "
                "some space, or see to the disk, and run the same command again: it goes on from there."
            ) from error
        self._check_plan()

    def _check_plan(self) -> None:
        plan = self._store.plan
        if plan is None:
            raise ConfigurationError(
                f"The store {self._task.store} has no plan where a worker looks for it. It has to be in a folder that "
                "all workers see under this path, on a disk that all machines share."
            )
        if plan.precision != self._task.precision:
            raise ConfigurationError(
                f"The store {self._task.store} was begun in {plan.precision} by another command, and this one writes "
                f"{self._task.precision}. Wait for the other, or name another folder."
            )
