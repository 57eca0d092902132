"""Parts are read by processes, of which some are killed, and by nobody twice."""

import logging
import os
import signal
import subprocess
import sys
import time
from multiprocessing import Pipe
from pathlib import Path
from threading import Thread

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation import ArchivedModel
from skd_plugin.distillation.annotation import processes
from skd_plugin.distillation.annotation.annotate import Corpora, annotate
from skd_plugin.distillation.annotation.processes import read_in_processes
from skd_plugin.distillation.annotation.worker import Task
from skd_plugin.distillation.teachers.reading import Part
from tests import PROJECT_ROOT
from tests.distillation.annotation import interrupted, workers
from tests.distillation.annotation.conftest import SENTENCES, write
from tests.distillation.annotation.workers import FAIL, KILL, REFUSE


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Has parts read by processes that only pretend to; returns the names of what they read, and the reports."""

    def run(parts, serve=workers.serve, devices=(-1, -1)):
        monkeypatch.setattr(processes, "_serve", serve)
        reports = []
        read_in_processes(tmp_path, (Part(*part) for part in enumerate(parts)), devices, reports.append)
        return sorted(file.name for file in tmp_path.iterdir()), reports

    return run


def test_every_part_is_read_once(read):
    names, reports = read([[("a",), ("b",)], [("c",)], [("d",)], [("e",), ("f",)]])
    assert names == ["a-b", "c", "d", "e-f"] and sum(reports) == 6


def test_nothing_to_read_needs_no_answer(read):
    assert read([]) == ([], [])


def test_the_part_of_a_killed_worker_is_read_by_another(read, caplog):
    names, reports = read([[KILL, ("a",)], [("b",)], [("c",)]])
    assert names == ["b", "c", "kill-a", "killed"]
    assert sum(reports) == 4 and -1 in reports, "what the killed one had read is counted again"
    assert "A worker was killed (signal 9). Its part is read again." in caplog.text


def test_if_all_are_killed_it_says_what_to_do(read):
    with pytest.raises(
        ConfigurationError, match="None of 2 workers is left; the last one was killed .signal 9.*fewer --workers"
    ):
        read([[("a",)]], workers.serve_and_die)


def test_the_refusal_of_a_worker_is_that_of_the_command(read):
    with pytest.raises(ConfigurationError, match="^The store is refused.$"):
        read([[REFUSE], [("a",)]])


def test_a_worker_that_fails_ends_the_command_at_once(read):
    with pytest.raises(RuntimeError, match="A worker failed:\nTraceback: it failed"):
        read([[FAIL], [("a",)]])


@pytest.fixture
def served(untrained_teacher, tmp_path, monkeypatch):
    """The other end of the pipe of a real worker, which is a thread here."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # only the main thread may
    threads = []

    def serve(**changes):
        model = ArchivedModel(str(untrained_teacher))
        task = Task(model, model.fingerprint(), tmp_path / "store", "float32")
        ours, theirs = Pipe()
        threads.append(Thread(target=processes._serve, args=(task._replace(**changes), -1, theirs), daemon=True))
        threads[-1].start()
        return ours

    yield serve
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()


def test_a_worker_reads_what_it_is_given_until_the_pipe_is_closed(served, untrained_teacher, tmp_path):
    text = write(tmp_path / "text.txt", SENTENCES[:1])
    annotate(ArchivedModel(str(untrained_teacher)), Corpora([str(text)]), tmp_path / "store")
    with served() as pipe:
        assert pipe.recv() == ("started", None)
        pipe.send(SENTENCES[1:3])
        assert [pipe.recv(), pipe.recv()] == [("read", 2), ("done", None)]
    assert len(list((tmp_path / "store").glob("shard-*"))) == 2


def test_a_worker_says_what_it_refuses_and_what_fails(served, tmp_path):
    with served() as pipe:
        kind, message = pipe.recv()
    assert kind == "refused" and "has no plan where a worker looks for it" in message
    with served(store=None) as pipe:
        kind, message = pipe.recv()
    assert kind == "failed" and "Traceback" in message and "AttributeError" in message


@pytest.mark.slow
def test_after_kills_of_a_worker_and_of_the_command_the_store_is_that_of_one_process(
    untrained_teacher, tmp_path, caplog
):
    sentences = [*((letter, "word") for letter in "abcdefg"), interrupted.KILL]
    sentences[3], sentences[7] = sentences[7], sentences[3]
    text = write(tmp_path / "text.txt", sentences)
    arguments = ["skd-annotate", untrained_teacher, text, "--store", tmp_path / "store", "--shard-size", "1"]
    killed = subprocess.run(
        [sys.executable, interrupted.__file__, *arguments, "--workers", "2", "--dtype", "float16"],
        cwd=PROJECT_ROOT,
        env={**os.environ, interrupted.FOLDER: str(tmp_path), "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert b"A worker was killed (signal 9). Its part is read again." in killed.stderr
    wait_for_the_end([int(file.name.split("-")[1]) for file in tmp_path.glob("process-*")])

    done = len(list((tmp_path / "store").glob("shard-*")))
    assert 0 < done < len(sentences)
    options = {"part_size": 1, "precision": "float16"}
    with caplog.at_level(logging.INFO):
        account = annotate(ArchivedModel(str(untrained_teacher)), Corpora([str(text)]), tmp_path / "store", **options)
    assert account.num_read == len(sentences) - done and account.num_left == 0
    assert f"Reading {8 - done} parts with {8 - done} sentences; {done} sentences are stored" in caplog.text
    annotate(ArchivedModel(str(untrained_teacher)), Corpora([str(text)]), tmp_path / "one", **options)
    stores = [
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir() if file.suffix != ".unfinished"}
        for name in ("store", "one")
    ]
    assert stores[0] == stores[1] and len(stores[0]) == len(sentences) + 2


def wait_for_the_end(processes: list) -> None:
    """Of processes whose parent was killed. Raises `AssertionError` if they go on."""
    for _ in range(100):
        if not any(is_running(process) for process in processes):
            return
        time.sleep(0.1)
    raise AssertionError("the workers outlive the command")


def is_running(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False
