"""A process forks only while no other thread computes, and a child does not wait for its parent's threads."""

from threading import Event, Thread
from typing import Callable, List

import pytest

from skd_plugin.serving.model.forking import ForkGuard

SECONDS = 60


def started(target: Callable[[], None]) -> Thread:
    thread = Thread(target=target, daemon=True)
    thread.start()
    return thread


def computing(guard: ForkGuard, begun: Event, end: Event) -> None:
    with guard.computing():
        begun.set()
        end.wait(SECONDS)


def test_a_fork_waits_for_the_computations_of_other_threads():
    guard, begun, end, order = ForkGuard(), Event(), Event(), []

    def compute() -> None:
        computing(guard, begun, end)
        order.append("computed")

    thread = started(compute)
    assert begun.wait(SECONDS)
    forking = started(lambda: (guard.before_fork(), order.append("forked"), guard.after_fork_in_parent()))
    forking.join(0.05)
    assert order == []
    end.set()
    thread.join(SECONDS)
    forking.join(SECONDS)
    assert sorted(order) == ["computed", "forked"]


def test_a_fork_that_waits_goes_before_new_computations():
    guard, begun, end = ForkGuard(), Event(), Event()
    first = started(lambda: computing(guard, begun, end))
    assert begun.wait(SECONDS)
    order: List[str] = []
    forking = started(lambda: (guard.before_fork(), order.append("fork"), guard.after_fork_in_parent()))
    forking.join(0.05)

    def compute() -> None:
        with guard.computing():
            order.append("computation")

    second = started(compute)
    second.join(0.05)
    end.set()
    for thread in (first, forking, second):
        thread.join(SECONDS)
    assert order == ["fork", "computation"]


def test_a_thread_that_computes_may_fork_itself():
    guard = ForkGuard()
    with guard.computing():
        guard.before_fork()
        guard.after_fork_in_parent()
    with guard.computing():
        pass


def test_a_child_computes_though_a_thread_of_its_parent_did():
    # As after a fork that Python was not told of before, as in some servers.
    guard, begun, end = ForkGuard(), Event(), Event()
    thread = started(lambda: computing(guard, begun, end))
    assert begun.wait(SECONDS)
    guard.after_fork_in_child()
    guard.before_fork()
    guard.after_fork_in_parent()
    with guard.computing():
        pass
    end.set()
    thread.join(SECONDS)


def test_an_error_ends_the_computation():
    guard = ForkGuard()
    with pytest.raises(ValueError, match="broken"), guard.computing():
        raise ValueError("broken")
    started(lambda: (guard.before_fork(), guard.after_fork_in_parent())).join(SECONDS)
