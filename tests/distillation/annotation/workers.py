"""Processes in the place of workers, which load no teacher. The processes that the tests start import this file."""

import os
import signal
import time

KILL, REFUSE, FAIL = ("kill",), ("refuse",), ("fail",)


def serve(task, device, pipe):
    """Writes the sentences of each part into a file in the folder `task`, and dies, once, at the sentence KILL."""
    pipe.send(("started", None))
    while True:
        try:
            sentences = pipe.recv()
        except EOFError:
            return
        pipe.send(("read", 1))
        if KILL in sentences and _is_first(task / "killed"):
            os.kill(os.getpid(), signal.SIGKILL)
        if REFUSE in sentences:
            pipe.send(("refused", "The store is refused."))
        if FAIL in sentences:
            pipe.send(("failed", "Traceback: it failed"))
            time.sleep(60)
        (task / "-".join(map("".join, sentences))).touch()
        pipe.send(("read", len(sentences) - 1))
        pipe.send(("done", None))


def serve_and_die(task, device, pipe):
    os.kill(os.getpid(), signal.SIGKILL)


def _is_first(path):
    is_first = not path.exists()
    path.touch()
    return is_first
