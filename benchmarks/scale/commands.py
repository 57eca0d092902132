"""Runs `allennlp` commands in processes of their own, and measures them."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.pinning import ONE_THREAD

ALLENNLP = Path(sys.executable).with_name("allennlp")


class Measured(NamedTuple):
    """
    A command that has ended.

    seconds : of the clock
    cpu_seconds : of the command and its workers
    peak : the most bytes of resident memory of the command's own process
    output : what it has printed
    """

    seconds: float
    cpu_seconds: float
    peak: int
    output: str


def run(*arguments: Any) -> Measured:
    """`allennlp` with these arguments. Raises `RuntimeError` with what it has printed if it fails."""
    start = time.monotonic()
    process = subprocess.Popen(
        [ALLENNLP, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **ONE_THREAD},
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"allennlp {' '.join(map(str, arguments))} failed:\n{output[-3000:]}")
    # Kilobytes, on Linux.
    return Measured(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output)


def start(*arguments: Any) -> "subprocess.Popen[bytes]":
    """The same, which goes on meanwhile, as the first process of its own group."""
    return subprocess.Popen(
        [ALLENNLP, *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, **ONE_THREAD},
    )
