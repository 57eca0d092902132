"""Actors of Ray write the files that one process writes. Ray is an extra: without it these tests are skipped."""

import os
import signal
import socket
import sys
import time
from contextlib import closing
from types import SimpleNamespace

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation import ArchivedModel
from skd_plugin.distillation.annotation import on_ray
from skd_plugin.distillation.annotation.annotate import Corpora, Workers, annotate
from skd_plugin.distillation.annotation.on_ray import Actor
from skd_plugin.distillation.annotation.worker import Task
from tests.distillation.annotation.conftest import SENTENCES, write

KILL = ("kill",)


class Mortal(Actor):
    """Dies when it reads KILL. Who takes its place never starts, as if its machine was gone."""

    def start(self):
        folder = self._task.store.parent
        while (folder / "killed").exists():
            time.sleep(1)
        (folder / f"started_{os.getpid()}").touch()
        return super().start()

    def read(self, sentences):
        folder = self._task.store.parent
        if KILL in sentences and not (folder / "killed").exists():
            while len(list(folder.glob("started_*"))) < 2:
                time.sleep(0.1)
            (folder / "killed").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(sentences)


def test_an_actor_says_what_it_refuses(untrained_teacher, tmp_path):
    actor = Actor(Task(ArchivedModel(str(untrained_teacher)), "fingerprint", tmp_path / "store", "float32"), -1)
    refused = actor.start()
    assert "has no plan where a worker looks for it. It has to be in a folder that all workers" in refused.message


@pytest.mark.parametrize("cpus, remedy", [(4, "Give --workers 3"), (1, "Add machines")])
def test_one_cpu_has_to_stay_free(cpus, remedy):
    on_ray._check_cpus(3, 4)
    with pytest.raises(ConfigurationError, match=f"--workers is 5, but the cluster has {cpus} CPUs, .*free. {remedy}"):
        on_ray._check_cpus(5, cpus)


def test_an_address_where_nobody_answers_is_refused():
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        on_ray._check_address(address)
    for name in (address, f"ray://{address}"):
        with pytest.raises(ConfigurationError, match=f"There is no cluster of Ray at {name} .*refused.*`ray start --h"):
            on_ray._check_address(name)
    on_ray._check_address("auto")


def test_a_cluster_that_lets_nobody_in_is_refused(monkeypatch):
    def init(address, **_):
        raise ConnectionError(f"Failed to connect to Ray cluster at {address}")

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(init=init))
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        for name, message in [(address, f"{address} answers, .*RAY_AUTH_MODE to token"), ("auto", "no cluster of Ray")]:
            with pytest.raises(ConfigurationError, match=message):
                on_ray.read_on_ray(None, iter(()), [-1], name, print)


@pytest.mark.slow
def test_the_store_is_that_of_one_process_also_if_an_actor_is_killed(untrained_teacher, tmp_path, monkeypatch):
    pytest.importorskip("ray")
    monkeypatch.setattr(on_ray, "Actor", Mortal)
    text = write(tmp_path / "text.txt", [*SENTENCES, KILL, ("the", "end")])
    for name, workers in (("ray", Workers(2, engine="ray")), ("local", Workers())):
        teacher = ArchivedModel(str(untrained_teacher))
        account = annotate(teacher, Corpora([str(text)]), tmp_path / name, 2, workers=workers)
        assert (account.num_read, account.num_left) == (7, 0)
    assert (tmp_path / "killed").exists()
    stores = [{file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("ray", "local")]
    assert stores[0] == stores[1]
