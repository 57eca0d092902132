"""
Workers as actors of Ray, on one machine or in a cluster.

Nothing depends on what Ray keeps: a shard that exists is done, whoever wrote it. So all machines have to see the folder
of the store.
"""

import logging
import socket
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation.annotation.waiting import Waiting
from skd_plugin.distillation.annotation.worker import Task, Worker
from skd_plugin.distillation.teachers.model import Words
from skd_plugin.distillation.teachers.reading import Part

logger = logging.getLogger(__name__)

RESTARTS = 3
"""How many actors may take the place of one that died."""

_PATIENCE = 300.0
"""Seconds in which an actor has to start if no other one is reading."""

_CONNECTION_PATIENCE = 10.0
"""Seconds in which a cluster has to answer."""


class Refused(NamedTuple):
    """Why a worker cannot go on. An error would come back as one of Ray's."""

    message: str


class Actor:
    """A worker in a process of Ray's."""

    def __init__(self, task: Task, device: int) -> None:
        self._task, self._device = task, device
        self._worker: Optional[Worker] = None

    def start(self) -> Optional[Refused]:
        """Loads the teacher."""
        try:
            self._worker = Worker(self._task, self._device)
        except ConfigurationError as error:
            return Refused(error.message)
        return None

    def read(self, sentences: Sequence[Words]) -> Optional[Refused]:
        """Reads a part. The actor was started before."""
        assert self._worker is not None
        try:
            self._worker.read(sentences)
        except ConfigurationError as error:
            return Refused(error.message)
        return None


def check_ray() -> None:
    """Raises `ConfigurationError` if Ray is not installed."""
    try:
        import ray  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(
            'Ray is not installed. Install it with pip install "skd_plugin[ray]", on all machines of the cluster, or '
            "leave --engine out: several processes of one machine need only --workers N."
        ) from error


def read_on_ray(
    task: Task, parts: Iterator[Part], devices: Sequence[int], address: Optional[str], report: Callable[[int], object]
) -> None:
    """
    Has all parts read by as many actors as there are devices, each of which has one CPU.

    Raises `ConfigurationError` if they cannot run, if all of them have died too often, or if one refuses its task.

    # Parameters

    task : `Task`
    parts : `Iterator[Part]`
    devices : `Sequence[int]`
        The device of each actor; −1 is the CPU. A GPU is one of those that Ray gives the actor.
    address : `str`, optional
        That of a running cluster; None starts Ray on this machine.
    report : `Callable[[int], object]`
        Is told how many sentences were read.
    """
    import ray

    if address is not None:
        _check_address(address)
    # One CPU stays free for what else has to run: an actor pool that takes all of them can wait for ever.
    local: Dict[str, Any] = {"num_cpus": len(devices) + 1, "include_dashboard": False} if address is None else {}
    try:
        ray.init(address=address or "local", configure_logging=False, **local)
    except ConnectionError as error:
        fault = _no_cluster if address in (None, "auto") else _not_let_in
        raise fault(address or "local", error) from error
    try:
        _check_cpus(len(devices), int(ray.cluster_resources().get("CPU", 0)))
        _read(task, parts, devices, report)
    finally:
        ray.shutdown()


def _check_address(address: str) -> None:
    """Raises `ConfigurationError` if nobody answers there. Ray itself would try for many minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if port.isdigit():
        try:
            socket.create_connection((host, int(port)), timeout=_CONNECTION_PATIENCE).close()
        except OSError as error:
            raise _no_cluster(address, error) from error


def _no_cluster(address: str, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"There is no cluster of Ray at {address} ({error}). Start one, with `ray start --head`, and give the address "
        "that this prints, or leave --address out."
    )


def _not_let_in(address: str, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{address} answers, but Ray cannot use the cluster there ({error}). It asks for a token if the machine where "
        "it was started has the file ~/.ray/auth_token: put that file on this machine too, and set the environment "
        "variable RAY_AUTH_MODE to token. If it does not, see whether all machines have the same versions of Python "
        "and Ray."
    )


def _check_cpus(workers: int, cpus: int) -> None:
    if workers + 1 > cpus:
        remedy = f"Give --workers {cpus - 1}" if cpus > 1 else "Add machines"
        raise ConfigurationError(
            f"--workers is {workers}, but the cluster has {cpus} CPUs, of which one has to stay free. {remedy}."
        )


class _Slot(NamedTuple):
    """
    One of the actors that run at once.

    device : that of the actor
    deaths : how many have died in this slot before it
    actor : as Ray knows it
    """

    device: int
    deaths: int
    actor: Any


def _read(task: Task, parts: Iterator[Part], devices: Sequence[int], report: Callable[[int], object]) -> None:
    """
    Gives parts to actors that are idle. The part of an actor that died goes to whoever is idle next.

    Ray would keep the part for that actor, and wait for ever for a place for it where a machine is gone.
    """
    import ray

    remote: Any = ray.remote(num_cpus=1)(Actor)

    # What the actor of each slot is doing: a part, or None while it starts.
    doing: Dict[Any, Tuple[_Slot, Optional[Part]]] = {}

    def start(device: int, deaths: int) -> None:
        actor = remote.options(num_gpus=int(device >= 0)).remote(task, min(device, 0))
        doing[actor.start.remote()] = (_Slot(device, deaths, actor), None)

    for device in devices:
        start(device, deaths=0)
    idle: List[_Slot] = []
    waiting = Waiting(parts)
    while doing:
        nobody_reads = all(part is None for _, part in doing.values())
        if nobody_reads and waiting.is_empty:
            # Who still starts when nothing is left to be read is not waited for.
            break
        done, _ = ray.wait(list(doing), timeout=_PATIENCE if nobody_reads else None)
        if not done:
            raise _not_started(len(doing), ray.available_resources())
        slot, part = doing.pop(done[0])
        try:
            refused = ray.get(done[0])
        except ray.exceptions.RayActorError as error:
            logger.warning("An actor has died, and others read its part: %s", error)
            if part is not None:
                waiting.put_back(part)
            if slot.deaths < RESTARTS:
                start(slot.device, slot.deaths + 1)
        else:
            if refused is not None:
                raise ConfigurationError(refused.message)
            report(0 if part is None else len(part.sentences))
            idle.append(slot)
        while idle and not waiting.is_empty:
            slot, part = idle.pop(), waiting.take()
            doing[slot.actor.read.remote(part.sentences)] = (slot, part)
    if not waiting.is_empty:
        raise ConfigurationError(
            f"All {len(devices)} actors have died, each more than {RESTARTS} times. If the system killed them for lack "
            "of memory, give fewer --workers, or a smaller --batch-size. What was read is stored: run the same command "
            "again, and it goes on from there."
        )


def _not_started(count: int, available: Dict[str, float]) -> ConfigurationError:
    return ConfigurationError(
        f"None of {count} actors has started within {_PATIENCE:.0f} seconds. Each needs one CPU, and a GPU with "
        f"--cuda-device; the cluster has {available.get('CPU', 0):g} CPUs and {available.get('GPU', 0):g} GPUs free. "
        "Wait until other jobs have ended, or give fewer --workers. What was read is stored: the same command goes on "
        "from there."
    )
