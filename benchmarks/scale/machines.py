"""Two machines with a network between them, as network namespaces of Linux, and a cluster of Ray on both."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, List, NamedTuple

from benchmarks.pinning import ONE_THREAD

_RAY = Path(sys.executable).with_name("ray")
_PORT = 6379


class Machine(NamedTuple):
    """
    A network namespace with one network card.

    name, card, address : of this benchmark alone
    cpus : how many Ray may use
    """

    name: str
    card: str
    address: str
    cpus: int


# One CPU stays free, so of two actors one is on the second machine.
_MACHINES = (Machine("skd_1", "skd_card_1", "10.77.0.1", 1), Machine("skd_2", "skd_card_2", "10.77.0.2", 2))
ADDRESS = f"{_MACHINES[0].address}:{_PORT}"


def can_be_made() -> bool:
    """Whether this is Linux, the user is root, and Ray is there."""
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("ip") is not None and _RAY.exists()


class Machines:
    """While the context lasts there are two machines, and a cluster of Ray at `ADDRESS`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> "Machines":
        self._remove()
        first, second = _MACHINES
        for machine in _MACHINES:
            _ip("netns", "add", machine.name)
            _ip("-n", machine.name, "link", "set", "lo", "up")
        _ip("link", "add", first.card, "netns", first.name, "type", "veth", "peer", second.card, "netns", second.name)
        for machine in _MACHINES:
            _ip("-n", machine.name, "addr", "add", f"{machine.address}/24", "dev", machine.card)
            _ip("-n", machine.name, "link", "set", machine.card, "up")
        head = ["--head", f"--port={_PORT}", "--include-dashboard=false", f"--temp-dir={self._folder / 'ray'}"]
        for machine, place in [(first, head), (second, [f"--address={ADDRESS}"])]:
            options = [f"--node-ip-address={machine.address}", f"--num-cpus={machine.cpus}"]
            command = _on(machine, _RAY, "start", *place, *options)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_environment())
        return self

    def __exit__(self, *_: Any) -> None:
        self._remove()

    def start(self, *arguments: Any) -> "subprocess.Popen[bytes]":
        """A command on the first machine, which goes on meanwhile."""
        command = _on(_MACHINES[0], *arguments)
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment())

    def cut(self) -> None:
        """The second machine is gone."""
        machine = _MACHINES[1]
        _ip("-n", machine.name, "link", "set", machine.card, "down")

    def _remove(self) -> None:
        names = _ip("netns", "list").split()
        for machine in _MACHINES:
            if machine.name in names:
                processes = _ip("netns", "pids", machine.name).split()
                subprocess.run(["kill", "-9", *processes], check=False, stderr=subprocess.DEVNULL)
                _ip("netns", "del", machine.name)


def _on(machine: Machine, *arguments: Any) -> List[str]:
    return ["ip", "netns", "exec", machine.name, *map(str, arguments)]


def _environment() -> Any:
    return {**os.environ, **ONE_THREAD, "RAY_AUTH_MODE": "disabled", "RAY_DISABLE_USAGE_STATS": "1"}


def _ip(*arguments: str) -> str:
    return subprocess.run(["ip", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout
