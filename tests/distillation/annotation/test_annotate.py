"""A corpus is read into a store once, by whatever workers, and what cannot go well is refused before."""

import errno
import json
import logging
import os
import re
import shutil
import sys
from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation import ArchivedModel, Teacher
from skd_plugin.distillation.annotation import annotate as module
from skd_plugin.distillation.annotation import worker
from skd_plugin.distillation.annotation.annotate import Corpora, Workers, annotate
from skd_plugin.distillation.teachers import teacher
from skd_plugin.distillation.teachers.store import Store
from tests.distillation.annotation.conftest import SENTENCES, write
from tests.distillation.runs import CONFIGS
from tests.teachers import fingerprint

DIFFERENT = list(dict.fromkeys(SENTENCES))


@pytest.fixture
def readings(monkeypatch):
    """The sentences that a teacher has read."""
    seen = []

    factorize = ArchivedModel.factorize

    def watched(model, sentences):
        seen.extend(sentences)
        return factorize(model, sentences)

    monkeypatch.setattr(ArchivedModel, "factorize", watched)
    return seen


@pytest.fixture
def annotated(untrained_teacher, tmp_path):
    """Annotates files, two sentences to a shard."""

    def run(*files, store="store", **options):
        corpora = Corpora([str(file) for file in files])
        return annotate(ArchivedModel(str(untrained_teacher)), corpora, tmp_path / store, **{"part_size": 2, **options})

    return run


def content(folder: Path) -> dict:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def shards(folder: Path) -> dict:
    return {file.name: file.read_bytes() for file in folder.glob("shard-*")}


def opened(archive, **options):
    taught = Teacher(ArchivedModel(str(archive)), **options)
    taught.open(torch.device("cpu"))
    return taught


@pytest.mark.parametrize("device", [-2, 99])
def test_a_gpu_that_is_not_there_is_refused(annotated, text, device):
    with pytest.raises(ConfigurationError, match=f"--cuda-device is {device}, and PyTorch finds .*Name one of them"):
        annotated(text, workers=Workers(devices=(-1, device)))


def test_the_files_are_those_of_a_teacher_that_reads_in_a_training(
    annotated, untrained_teacher, text, tmp_path, monkeypatch
):
    account = annotated(text)
    assert (account.num_different, account.num_read, account.num_left) == (5, 5, 0)
    assert len(account.store) == 5
    monkeypatch.setattr(teacher, "PART_SIZE", 2)
    opened(untrained_teacher, store=str(tmp_path / "trained")).study(lambda: SENTENCES)
    assert len(shards(tmp_path / "store")) == 3
    for name, file in content(tmp_path / "trained").items():
        if name != "plan.json":  # which has the inputs of the command
            assert file == content(tmp_path / "store")[name], name


def test_a_teacher_whose_sentences_are_stored_is_not_loaded(annotated, untrained_teacher, text, tmp_path, monkeypatch):
    annotated(text)
    monkeypatch.setattr(teacher, "load_model", lambda *_: pytest.fail("everything is stored"))
    taught = opened(untrained_teacher, store=str(tmp_path / "store"))
    taught.study(lambda: SENTENCES)
    assert taught(SENTENCES).lengths.tolist() == list(map(len, SENTENCES))


def test_what_is_stored_is_not_read_again(annotated, text, tmp_path, readings):
    annotated(text)
    before = content(tmp_path / "store")
    readings.clear()
    account = annotated(text)
    assert (account.num_read, account.num_left, readings) == (0, 0, [])
    assert content(tmp_path / "store") == before


def test_a_lost_shard_is_read_again_and_the_store_is_as_it_was(annotated, text, tmp_path, readings, caplog):
    annotated(text)
    before = content(tmp_path / "store")
    for file in (next((tmp_path / "store").glob("shard-*")), tmp_path / "store" / "index.safetensors"):
        file.unlink()
    with caplog.at_level(logging.INFO):
        annotated(text)
    assert content(tmp_path / "store") == before
    assert "Reading 1 parts with" in caplog.text


def test_of_a_text_that_has_grown_the_new_sentences_are_read(annotated, text, readings, caplog):
    annotated(text)
    readings.clear()
    write(text, [*SENTENCES, ("One", "more")])
    account = annotated(text)
    assert (account.num_different, account.num_read) == (6, 1) and set(readings) == {("One", "more")}
    assert f"{text} has changed since it was annotated: it had 6 sentences, and has 7." in caplog.text
    assert [entry.sentences for entry in account.store.plan.inputs] == [7]


def test_the_plan_names_every_file_that_was_given(annotated, text, tmp_path):
    annotated(text)
    compressed = write(tmp_path / "more.txt", [("Oslo",)])
    account = annotated(compressed)
    assert account.num_read == 0
    assert [entry[:2] for entry in account.store.plan.inputs] == [(str(text), 6), (str(compressed), 1)]


def test_several_jobs_read_the_parts_of_one_store(annotated, text, tmp_path):
    annotated(text, store="one")
    left = [annotated(text, workers=Workers(job=(job, 3))).num_left for job in (2, 1, 3)]
    assert left == [3, 1, 0]
    assert content(tmp_path / "store") == content(tmp_path / "one")


def test_the_data_of_a_students_config_is_read_as_its_training_reads_it(annotated, untrained_teacher, tmp_path):
    config = str(CONFIGS / "distilled.jsonnet")
    overrides = json.dumps(
        {"train_data_path": {"labelled": "fixtures/ner_dev.conll", "unlabelled": "fixtures/unlabelled.txt"}}
    )
    corpora = Corpora(config=config, overrides=overrides)
    account = annotate(ArchivedModel(str(untrained_teacher)), corpora, tmp_path / "store")
    names = [entry.path for entry in account.store.plan.inputs]
    assert names == [f"{config}: train_data_path", f"{config}: validation_data_path"]
    [train, _] = account.store.plan.inputs
    assert train.sentences > 8, "the labelled sentences, and those of the config without labels"


@pytest.mark.parametrize(
    "options, missing",
    [({"model": {}}, "`dataset_reader`"), ({"dataset_reader": {"type": "skd_conll_ner"}}, "names no data")],
)
def test_a_config_without_data_is_refused(untrained_teacher, tmp_path, options, missing):
    config = tmp_path / "config.json"
    config.write_text(json.dumps(options))
    with pytest.raises(ConfigurationError, match=f"config.json.*{missing}"):
        annotate(ArchivedModel(str(untrained_teacher)), Corpora(config=str(config)), tmp_path / "store")


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_half_precision_says_what_it_loses(annotated, text, precision):
    plan = annotated(text, precision=precision).store.plan
    assert plan.precision == precision
    assert plan.loss["sentences"] == 2, "those of the first part"
    assert 0 < plan.loss["mean"] <= plan.loss["99th percentile"] < 1e-2


def test_a_store_goes_on_in_its_precision_and_in_no_other(annotated, text, readings):
    annotated(text, precision="bfloat16", workers=Workers(job=(1, 2)))
    assert annotated(text).store.plan.precision == "bfloat16"
    readings.clear()
    with pytest.raises(
        ConfigurationError, match="store is in bfloat16, and --dtype is float32.*or name another folder"
    ):
        annotated(text, precision="float32")
    assert not readings


def test_a_store_that_has_everything_need_not_be_writable(annotated, text, tmp_path, monkeypatch, readings):
    annotated(text)
    before = content(tmp_path / "store")
    readings.clear()

    def unwritable(store):
        raise ConfigurationError("The store cannot be written.")

    monkeypatch.setattr(Store, "prepare", unwritable)
    assert annotated(text).num_read == 0
    assert not readings and content(tmp_path / "store") == before
    more = write(tmp_path / "more.txt", [("new", "words")])
    with pytest.raises(ConfigurationError, match="The store cannot be written"):
        annotated(more)


def test_scores_that_are_too_large_for_the_precision_are_refused_at_once(annotated, text, tmp_path, monkeypatch):
    factorize = ArchivedModel.factorize

    def large(self, sentences):
        return factorize(self, sentences).tempered(1e-8)

    monkeypatch.setattr(ArchivedModel, "factorize", large)
    with pytest.raises(ConfigurationError, match="too large for float16.*Give another --dtype: bfloat16 or float32"):
        annotated(text, precision="float16")
    assert not content(tmp_path / "store")


@pytest.mark.parametrize(
    "name, content_of_it, message",
    [
        ("no.txt", None, "There is no file .*no.txt"),
        ("bad.txt", b"one line\nand \xff\n", "bad.txt:2: found the byte 0xff"),
        ("bad.conll", b"word B-PER\nword\n", "bad.conll:2: found 1 column"),
        ("empty.txt", b"", "empty.txt: found no sentence"),
    ],
)
def test_a_file_that_cannot_be_read_to_its_end_is_named_first(
    annotated, text, tmp_path, readings, name, content_of_it, message
):
    if content_of_it is not None:
        (tmp_path / name).write_bytes(content_of_it)
    with pytest.raises(ConfigurationError, match=message):
        annotated(text, tmp_path / name)
    assert not readings


def test_the_store_of_another_teacher_is_refused(annotated, untrained_teacher, text, tmp_path, readings):
    annotated(text)
    plan = tmp_path / "store" / "plan.json"
    plan.write_text(re.sub('"teacher": ".*"', '"teacher": "another"', plan.read_text()))
    readings.clear()
    with pytest.raises(ConfigurationError, match="holds the potentials of another teacher"):
        annotated(text)
    assert not readings


def test_a_store_that_cannot_be_written_is_refused(annotated, text, readings, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="file/store cannot be written"):
        annotated(text, store="file/store")
    assert not readings


def test_a_full_disk_ends_the_command_and_the_next_one_goes_on(annotated, text, tmp_path, monkeypatch):
    replace, names = os.replace, []

    def full(source, target):
        names.append(Path(target).name)
        if sum(name.startswith("shard") for name in names) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    with monkeypatch.context() as context:
        context.setattr(os, "replace", full)
        with pytest.raises(ConfigurationError, match="store cannot be written .*No space left.*it goes on from there"):
            annotated(text)
    assert len(shards(tmp_path / "store")) == 1
    assert annotated(text).num_read == 3
    annotated(text, store="another")
    assert content(tmp_path / "store") == content(tmp_path / "another")


def test_a_disk_without_room_is_named_before(annotated, text, monkeypatch, caplog):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    annotated(text)
    assert re.search(r"About 0.0 GB are going to be written into .*store, whose disk has 0.0 GB left", caplog.text)


def test_a_text_that_changes_while_it_is_read_is_named(annotated, text, monkeypatch):
    describe = module._describe

    def write_meanwhile(*args):
        describe(*args)
        write(text, [*SENTENCES, ("One", "more")])

    monkeypatch.setattr(module, "_describe", write_meanwhile)
    with pytest.raises(ConfigurationError, match="had 6 sentences, and now has 7. Something is writing to .*text.txt"):
        annotated(text)


@pytest.mark.parametrize("place, name", [(module, "_record"), (worker, "read")])
def test_a_store_that_another_command_begins_meanwhile_in_another_precision(
    annotated, untrained_teacher, text, tmp_path, monkeypatch, place, name
):
    original = getattr(place, name)

    def begin_meanwhile(*args):
        answer = original(*args)
        store.open()
        store.begin(store.plan._replace(precision="float16"))
        return answer

    store = Store(tmp_path / "store", fingerprint(untrained_teacher))
    monkeypatch.setattr(place, name, begin_meanwhile)
    with pytest.raises(ConfigurationError, match="was begun in float16 by another command, and this one writes float3"):
        annotated(text)
    store.open()
    assert [shard.precision for shard in store.shards()] == [torch.float16] * (name == "read")


def test_without_ray_its_engine_is_refused(annotated, text, monkeypatch, readings):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(
        ConfigurationError, match=r'Ray is not installed. Install it with pip install "skd_plugin\[ray\]'
    ):
        annotated(text, workers=Workers(engine="ray"))
    assert not readings


def test_workers_are_spread_over_devices():
    assert Workers(3, devices=(0, 1)).device_of_each == [0, 1, 0]
