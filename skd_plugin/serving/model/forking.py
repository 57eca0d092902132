"""
Keeps a process from forking while a thread of it computes.

A forked process has copies of all locks and none of the threads that hold them. So a lock that another thread holds
when a process forks, in torch, in the libraries under it or in numba's compiler, is never released in the copy.
"""

import os
from contextlib import contextmanager
from threading import Condition, get_ident
from typing import Iterator, Set


class ForkGuard:
    """Forks wait until no other thread computes, and computations wait until a process has forked."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._computing: Set[int] = set()
        self._forks = 0

    @contextmanager
    def computing(self) -> Iterator[None]:
        """While this thread is in the block, other threads do not fork."""
        thread = get_ident()
        with self._changed:
            # A fork that waits goes first, because with several threads there may always be one that computes.
            self._changed.wait_for(lambda: not self._forks)
            self._computing.add(thread)
        try:
            yield
        finally:
            with self._changed:
                self._computing.discard(thread)
                self._changed.notify_all()

    def before_fork(self) -> None:
        self._changed.acquire()
        self._forks += 1
        self._changed.wait_for(lambda: self._computing <= {get_ident()})

    def after_fork_in_parent(self) -> None:
        self._forks -= 1
        self._changed.notify_all()
        self._changed.release()

    def after_fork_in_child(self) -> None:
        self._changed = Condition()
        self._computing &= {get_ident()}
        self._forks = 0


FORK_GUARD = ForkGuard()
"""The guard of this process."""

if hasattr(os, "register_at_fork"):  # not on Windows, which cannot fork
    os.register_at_fork(
        before=FORK_GUARD.before_fork,
        after_in_parent=FORK_GUARD.after_fork_in_parent,
        after_in_child=FORK_GUARD.after_fork_in_child,
    )
