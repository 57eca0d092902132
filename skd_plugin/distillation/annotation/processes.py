"""
Workers as processes of this machine.

Each has a pipe of its own to this process, so that a worker that is killed leaves nothing locked. A worker has one part
at a time, so memory does not grow with the corpus. If this process dies, its workers end at their next batch.
"""

import logging
import signal
import traceback
from contextlib import suppress
from multiprocessing import connection, get_context
from typing import Any, Callable, Iterator, List, Optional, Sequence

from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation.annotation.waiting import Waiting
from skd_plugin.distillation.annotation.worker import Task, Worker
from skd_plugin.distillation.teachers.reading import Part

logger = logging.getLogger(__name__)

_STARTED, _READ, _DONE, _REFUSED, _FAILED = "started", "read", "done", "refused", "failed"
# Seconds in which a worker that has nothing more to do should end.
_PATIENCE = 10.0


def read_in_processes(
    task: Task, parts: Iterator[Part], devices: Sequence[int], report: Callable[[int], object]
) -> None:
    """
    Has all parts read by as many workers as there are devices.

    A worker that is killed is not replaced; the others take over its part. Raises `ConfigurationError` if none is left,
    or if one refuses its task.

    # Parameters

    task : `Task`
    parts : `Iterator[Part]`
    devices : `Sequence[int]`
        The device of each worker; −1 is the CPU.
    report : `Callable[[int], object]`
        Is told how many sentences were read, and, as a negative number, how many of those were lost with a worker.
    """
    waiting = Waiting(parts)
    workers = [_Process(task, device) for device in devices]
    finished = False
    try:
        while not (waiting.is_empty and all(worker.part is None for worker in workers)):
            for worker in workers:
                if worker.is_idle and not waiting.is_empty:
                    worker.give(waiting.take())
            for worker in _heard(workers):
                if worker.listen(report):
                    continue
                workers.remove(worker)
                if not workers:
                    raise _none_left(len(devices), worker)
                logger.warning("A worker %s. Its part is read again.", worker.end)
                if worker.part is not None:
                    waiting.put_back(worker.part)
                    report(-worker.num_read)
        finished = True
    finally:
        for worker in workers:
            worker.finish(finished)


class _Process:
    """A worker in a process of its own, as this process sees it."""

    def __init__(self, task: Task, device: int) -> None:
        # A forked process would hang in libraries whose threads it lacks.
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(task, device, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._has_started = False
        self.part: Optional[Part] = None
        self.num_read = 0

    @property
    def is_idle(self) -> bool:
        return self._has_started and self.part is None

    @property
    def end(self) -> str:
        """In words, how it has ended."""
        self._process.join(_PATIENCE)
        status = self._process.exitcode
        if status is not None and status < 0:
            return f"was killed (signal {-status})"
        return f"has ended (exit status {status}); what it said is above"

    def give(self, part: Part) -> None:
        self.part, self.num_read = part, 0
        with suppress(OSError):  # it is dead, which `listen` finds out
            self.connection.send(part.sentences)

    def listen(self, report: Callable[[int], object]) -> bool:
        """Takes its next message. Returns whether it is alive; raises the error that it reports."""
        try:
            kind, value = self.connection.recv()
        except (EOFError, OSError):
            return False
        if kind == _STARTED:
            self._has_started = True
        elif kind == _READ:
            self.num_read += value
            report(value)
        elif kind == _DONE:
            self.part = None
        elif kind == _REFUSED:
            raise ConfigurationError(value)
        else:
            raise RuntimeError(f"A worker failed:\n{value}")
        return True

    def finish(self, kindly: bool) -> None:
        self.connection.close()
        if kindly:
            self._process.join(_PATIENCE)
        if self._process.is_alive():
            self._process.terminate()
        self._process.join()


def _heard(workers: Sequence[_Process]) -> List[_Process]:
    """Those that have something to say, or are dead. Waits for the first."""
    ready = connection.wait([worker.connection for worker in workers])
    return [worker for worker in workers if worker.connection in ready]


def _none_left(count: int, last: _Process) -> ConfigurationError:
    return ConfigurationError(
        f"None of {count} workers is left; the last one {last.end}. If the system killed them for lack of memory, give "
        "fewer --workers, or a smaller --batch-size. What was read is stored: run the same command again, and it goes "
        "on from there."
    )


def _serve(task: Task, device: int, pipe: Any) -> None:
    """The process of a worker: until the pipe is closed, it reads what it is given."""
    # Ctrl-C reaches all processes of a terminal, and the parent ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            worker = Worker(task, device)
            pipe.send((_STARTED, None))
            while True:
                worker.read(pipe.recv(), lambda count: pipe.send((_READ, count)))
                pipe.send((_DONE, None))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise
        except ConfigurationError as error:
            pipe.send((_REFUSED, error.message))
        except Exception:
            pipe.send((_FAILED, traceback.format_exc()))
