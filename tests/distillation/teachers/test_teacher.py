"""A teacher reads each sentence once per run, and with a store once in all runs."""

import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation import ArchivedModel, Teacher
from skd_plugin.distillation.teachers import store as module
from skd_plugin.distillation.teachers import teacher
from skd_plugin.distillation.teachers.store import Store
from tests import PROJECT_ROOT
from tests.distillation.runs import assert_same_weights, taught_by, train, weights

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
SENTENCES = [("Anna", "Berg", "left"), ("Oslo",), ("unheard", "of"), ("Oslo",)]

KILLED = """
import json, os, signal, sys
import skd_plugin.plugin
import torch
from skd_plugin.distillation import ArchivedModel, Teacher
from skd_plugin.distillation.teachers import teacher

factorize = ArchivedModel.factorize

def killed(model, sentences):
    if ("kill",) in sentences:
        os.kill(os.getpid(), signal.SIGKILL)
    return factorize(model, sentences)

archive, folder, sentences = sys.argv[1:]
ArchivedModel.factorize, teacher.PART_SIZE = killed, 2
taught = Teacher(ArchivedModel(archive), store=folder, batch_size=1)
taught.open(torch.device("cpu"))
taught.study(lambda: map(tuple, json.loads(sentences)))
"""


@pytest.fixture
def readings(monkeypatch):
    """The batches of sentences that a teacher's model has read."""
    seen = []

    factorize = ArchivedModel.factorize

    def watched(model, sentences):
        seen.append(list(sentences))
        return factorize(model, sentences)

    monkeypatch.setattr(ArchivedModel, "factorize", watched)
    return seen


def opened(archive, **options):
    taught = Teacher(ArchivedModel(str(archive)), **options)
    taught.open(CPU)
    return taught


def test_each_sentence_is_read_once(crf_teacher, readings):
    taught = Teacher(ArchivedModel(str(crf_teacher)), batch_size=2)
    taught.open(CPU)
    taught.study(lambda: SENTENCES)
    assert readings == [[SENTENCES[0], SENTENCES[2]], [SENTENCES[1]]]
    taught.study(lambda: SENTENCES)
    taught(SENTENCES)
    assert len(readings) == 2
    taught([("new",), SENTENCES[0]])
    assert readings[2:] == [[("new",)]]


def test_the_distributions_come_in_the_order_of_the_sentences(crf_teacher):
    taught = Teacher(ArchivedModel(str(crf_teacher)))
    taught.open(CPU)
    answer = taught(SENTENCES)
    assert answer.lengths.tolist() == [3, 1, 2, 1]
    for index, words in enumerate(SENTENCES):
        alone = taught([words]).token_marginals
        torch.testing.assert_close(answer.token_marginals[index, : len(words)], alone[0])


@pytest.mark.parametrize("name", ["crf_teacher", "maxent_teacher"])
def test_a_second_run_needs_the_store_alone_and_learns_the_same(request, tmp_path, readings, name):
    overrides = taught_by(request.getfixturevalue(name), temperature=2.0)
    train("distilled", tmp_path / "memory", overrides)
    overrides["trainer.callbacks"][0]["teachers"][0]["store"] = str(tmp_path / "store.safetensors")
    train("distilled", tmp_path / "first", overrides)
    readings.clear()
    train("distilled", tmp_path / "second", overrides)

    assert not readings
    expected = weights(tmp_path / "memory" / "model.tar.gz")
    for run in ("first", "second"):
        assert_same_weights(weights(tmp_path / run / "model.tar.gz"), expected)


def test_a_store_grows_by_what_is_new(crf_teacher, tmp_path, readings):
    for sentences in (SENTENCES[:2], SENTENCES, SENTENCES):
        taught = Teacher(ArchivedModel(str(crf_teacher)), store=str(tmp_path / "store"))
        taught.open(CPU)
        taught.study(lambda sentences=sentences: sentences)
    assert readings == [SENTENCES[:2], [SENTENCES[2]]]


def test_the_store_of_another_teacher_is_refused(crf_teacher, maxent_teacher, tmp_path):
    opened(crf_teacher, store=str(tmp_path / "store")).study(lambda: SENTENCES)
    with pytest.raises(ConfigurationError, match="holds the potentials of another teacher"):
        opened(maxent_teacher, store=str(tmp_path / "store"))


def test_two_teachers_with_one_store_are_refused_before_the_second_reads(
    crf_teacher, maxent_teacher, tmp_path, readings
):
    first, second = (opened(archive, store=str(tmp_path / "store")) for archive in (crf_teacher, maxent_teacher))
    for taught in (first, second):
        taught(SENTENCES[:1])
    first.study(lambda: SENTENCES)
    readings.clear()
    with pytest.raises(ConfigurationError, match="holds the potentials of another teacher"):
        second.study(lambda: SENTENCES)
    assert not readings
    opened(crf_teacher, store=str(tmp_path / "store"))


def test_a_sentence_that_was_read_before_the_others_is_stored_too(crf_teacher, tmp_path, readings):
    for _ in range(2):
        taught = opened(crf_teacher, store=str(tmp_path / "store"))
        taught(SENTENCES[:1])
        taught.study(lambda: SENTENCES[:1])
    assert readings == [SENTENCES[:1]]


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, RuntimeError])
def test_the_parts_that_were_read_before_an_interruption_are_stored(
    crf_teacher, tmp_path, monkeypatch, readings, interruption
):
    monkeypatch.setattr(teacher, "PART_SIZE", 1)
    factorize = ArchivedModel.factorize

    def interrupted(self, sentences):
        if ("unheard", "of") in sentences:
            raise interruption
        return factorize(self, sentences)

    with monkeypatch.context() as context:
        context.setattr(ArchivedModel, "factorize", interrupted)
        with pytest.raises(interruption):
            opened(crf_teacher, store=str(tmp_path / "store")).study(lambda: SENTENCES)
    readings.clear()
    opened(crf_teacher, store=str(tmp_path / "store")).study(lambda: SENTENCES)
    assert readings == [[("unheard", "of")]]


def test_a_killed_process_loses_one_shard_at_most(crf_teacher, tmp_path, readings):
    sentences = [("word",) * length for length in range(7, 1, -1)]
    arguments = [str(crf_teacher), str(tmp_path / "store"), json.dumps([*sentences, ("kill",)])]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=PROJECT_ROOT, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    opened(crf_teacher, store=str(tmp_path / "store")).study(lambda: [*sentences, ("new",)])
    assert readings == [[("new",)]], "three shards of two sentences each were whole"


def test_the_fingerprint_is_that_of_the_archive(crf_teacher):
    taught = opened(crf_teacher)
    assert taught.fingerprint == hashlib.sha256(crf_teacher.read_bytes()).hexdigest()
    assert taught.name == str(crf_teacher)


@pytest.fixture
def replaceable(crf_teacher, maxent_teacher, tmp_path):
    """An archive, and the function that replaces it by that of another teacher."""
    archive = tmp_path / "model.tar.gz"
    shutil.copy(crf_teacher, archive)

    def replace():
        shutil.copy(maxent_teacher, tmp_path / "another.tar.gz")
        os.replace(tmp_path / "another.tar.gz", archive)

    return archive, replace


def test_an_archive_that_is_replaced_before_it_is_loaded_is_noticed(replaceable, tmp_path, readings):
    archive, replace = replaceable
    taught = opened(archive, store=str(tmp_path / "store"))
    replace()
    with pytest.raises(ConfigurationError, match="model.tar.gz has changed since this run began.*Start the run again"):
        taught.study(lambda: SENTENCES)
    assert not readings and not list((tmp_path / "store").iterdir())


def test_an_archive_that_is_replaced_while_it_is_loaded_is_noticed(replaceable, monkeypatch):
    archive, replace = replaceable

    load = ArchivedModel.load

    def late(model, device):
        load(model, device)
        replace()

    monkeypatch.setattr(ArchivedModel, "load", late)
    with pytest.raises(ConfigurationError, match="has changed since this run began"):
        opened(archive).study(lambda: SENTENCES)


def test_potentials_are_stored_as_those_of_the_teacher_that_was_loaded(replaceable, tmp_path):
    archive, replace = replaceable
    taught = opened(archive, store=str(tmp_path / "store"))
    taught(SENTENCES[:1])
    replace()
    taught.study(lambda: SENTENCES)
    with pytest.raises(ConfigurationError, match="holds the potentials of another teacher"):
        opened(archive, store=str(tmp_path / "store"))


def test_an_archive_that_cannot_be_read_is_refused(crf_teacher, tmp_path):
    taught = Teacher(ArchivedModel(str(shutil.copy(crf_teacher, tmp_path / "model.tar.gz"))))
    (tmp_path / "model.tar.gz").unlink()
    with pytest.raises(ConfigurationError, match="model.tar.gz cannot be read .*Give the path of a model.tar.gz"):
        taught.open(CPU)


def test_a_store_that_cannot_be_written_is_refused_before_anything_is_read(crf_teacher, tmp_path, readings):
    (tmp_path / "file").write_text("")
    taught = opened(crf_teacher, store=str(tmp_path / "file" / "store"))
    with pytest.raises(ConfigurationError, match="file/store cannot be written"):
        taught.study(lambda: SENTENCES)
    assert not readings and taught._loaded is None


def test_without_its_store_a_teacher_says_the_same(crf_teacher, tmp_path, readings):
    taught = opened(crf_teacher, store=str(tmp_path / "store"))
    reading = taught.without_store()
    reading.open(CPU)
    assert (taught.store_path, reading.store_path) == (tmp_path / "store", None)
    assert reading.load().read(SENTENCES[:1])[0].log_partition.isfinite().all()
    assert torch.equal(reading(SENTENCES).emissions, taught(SENTENCES).emissions)
    assert len(readings) > 2 and not list(taught.without_store()._in_memory)


def test_a_store_that_has_everything_need_not_be_writable(crf_teacher, tmp_path, monkeypatch):
    opened(crf_teacher, store=str(tmp_path / "store")).study(lambda: SENTENCES)
    monkeypatch.setattr(Store, "prepare", lambda store: pytest.fail("nothing is to be written"))
    taught = opened(crf_teacher, store=str(tmp_path / "store"))
    taught.study(lambda: SENTENCES)
    assert taught(SENTENCES).lengths.tolist() == [3, 1, 2, 1]


def test_training_goes_on_where_the_disk_is_full(crf_teacher, tmp_path, monkeypatch, caplog):
    def no_space(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "whole_file", no_space)
    taught = opened(crf_teacher, store=str(tmp_path / "store"))
    taught.study(lambda: SENTENCES)
    assert taught(SENTENCES).lengths.tolist() == [3, 1, 2, 1]
    assert "store cannot be written ([Errno 28] No space left on device)" in caplog.text


@pytest.mark.parametrize("weight", [0, -1.0, float("nan"), float("inf")])
def test_a_teacher_without_weight_is_refused(crf_teacher, weight):
    with pytest.raises(ConfigurationError, match="The `weight` of teacher .* is .*, expected a finite number above 0"):
        Teacher(ArchivedModel(str(crf_teacher)), weight=weight)
