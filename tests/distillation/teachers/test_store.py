"""A store keeps what was written to it, survives interruptions, and belongs to one teacher."""

import errno
import os
import time
from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation.teachers import shard
from skd_plugin.distillation.teachers import store as module
from skd_plugin.distillation.teachers.keys import key
from skd_plugin.distillation.teachers.store import SHARDS, Store
from skd_plugin.structures import LinearChain, MaxEnt
from tests.distillation.teachers.samples import SENTENCES, as_in_0_1_0, assert_same, potentials, rewritten, written

NEW = [("new",), ("more", "new")]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "folder" / "store"


@pytest.fixture
def file_of_0_1_0(tmp_path):
    file = written(tmp_path / "store.safetensors", potentials(MaxEnt), "teacher")
    return rewritten(file, as_in_0_1_0)


def saved(path, factorizations, teacher="teacher"):
    store = Store(path, teacher)
    store.prepare()
    store.add(factorizations)
    store.flush()


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_where_nothing_is_nothing_is_stored(path):
    assert Store(path, "teacher").load() == {}
    assert not path.exists()


def test_what_several_processes_add_is_kept(path):
    learned = potentials(LinearChain)
    first, *others = learned
    mine, yours = Store(path, "teacher"), Store(path, "teacher")
    for store in (mine, yours):
        assert store.load() == {}
        store.prepare()
    mine.add({first: learned[first]})
    yours.add({name: learned[name] for name in others})
    mine.flush()
    yours.flush()
    assert_same(Store(path, "teacher").load(), learned)


def test_the_same_sentences_have_one_file(path):
    saved(path, potentials(MaxEnt))
    saved(path, dict(reversed(potentials(MaxEnt).items())))
    assert len(names(path)) == 1 and list(path.glob(SHARDS)) == list(path.iterdir())


@pytest.mark.parametrize(
    "limit, value, stored",
    [
        ("MAX_SENTENCES", 2, [0, 2, 2, 3]),
        ("MAX_BYTES", 4 * 3 * 4, [0, 2, 2, 3]),  # four words with three labels
        ("MAX_BYTES", 1, [1, 2, 3, 3]),
    ],
)
def test_a_shard_is_written_when_it_is_full(path, monkeypatch, limit, value, stored):
    monkeypatch.setattr(module, limit, value)
    store, seen = Store(path, "teacher"), []
    store.prepare()
    for name, sentence in potentials(MaxEnt).items():
        store.add({name: sentence})
        seen.append(len(Store(path, "teacher").load()))
    store.flush()
    seen.append(len(Store(path, "teacher").load()))
    assert seen == stored
    assert_same(Store(path, "teacher").load(), potentials(MaxEnt))


def test_files_have_the_mode_of_other_files_and_nothing_else_stays(path):
    before = os.umask(0o027)
    try:
        saved(path, potentials(MaxEnt))
    finally:
        os.umask(before)
    [file] = path.iterdir()
    assert file.match(SHARDS)
    assert (path.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o750, 0o640)
    assert names(path.parent) == ["store"], "no lock beside it"


def test_what_a_killed_process_has_left_is_not_read_and_is_removed_later(path):
    saved(path, potentials(MaxEnt))
    [whole] = path.iterdir()
    fresh, old = (path / f"{whole.name}.{name}.unfinished" for name in ("fresh", "old"))
    for file in (fresh, old):
        file.write_bytes(whole.read_bytes()[:100])
    os.utime(old, (time.time() - 4000,) * 2)
    assert_same(Store(path, "teacher").load(), potentials(MaxEnt))
    Store(path, "teacher").prepare()
    assert names(path) == [whole.name, fresh.name]


def no_space(*args):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_warns_and_leaves_the_store_whole(path, monkeypatch, caplog):
    saved(path, potentials(MaxEnt))
    before = names(path)
    monkeypatch.setattr(os, "fsync", no_space)
    saved(path, potentials(MaxEnt, NEW))
    [warning] = [record.getMessage() for record in caplog.records]
    assert warning.startswith(f"The store {path} cannot be written ([Errno 28] No space left on device). The potent")
    assert "of 2 sentences stay in memory for this run only" in warning
    monkeypatch.undo()
    assert names(path) == before, "nothing half written stays"
    assert_same(Store(path, "teacher").load(), potentials(MaxEnt))


def test_when_there_is_space_again_later_shards_are_written(path, monkeypatch):
    store = Store(path, "teacher")
    store.prepare()
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", no_space)
        store.add(potentials(MaxEnt))
        store.flush()
    store.add(potentials(MaxEnt, NEW))
    store.flush()
    assert_same(Store(path, "teacher").load(), potentials(MaxEnt, NEW))


@pytest.mark.parametrize("place", ["/proc/store", "FILE/store", "FILE/in/store", "/dev/null"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path, place):
    (tmp_path / "file").write_text("")
    store = Store(Path(place.replace("FILE", str(tmp_path / "file"))), "teacher")
    assert store.load() == {}
    with pytest.raises(
        ConfigurationError,
        match="(store|null) cannot be written .*has sentences to read that are not in it. Name a fol",
    ):
        store.prepare()


def test_a_place_without_permission_or_space_is_refused(path, monkeypatch):
    saved(path, potentials(MaxEnt))
    before = names(path)
    monkeypatch.setattr(Path, "write_text", no_space)
    with pytest.raises(ConfigurationError, match=r"store cannot be written \(\[Errno 28\] No space left on device\)"):
        Store(path, "teacher").prepare()
    assert names(path) == before


def test_another_teachers_potentials_are_refused(path):
    saved(path, potentials(MaxEnt))
    with pytest.raises(ConfigurationError, match="shard-.* holds the potentials of another teacher .* Name another"):
        Store(path, "another").load()


def test_a_store_that_another_teacher_has_begun_meanwhile_is_refused(path):
    one, other = Store(path, "one"), Store(path, "other")
    for store in (one, other):
        store.prepare()
    one.add(potentials(MaxEnt))
    one.flush()
    one.prepare()
    with pytest.raises(ConfigurationError, match=r"shard-.* of another teacher \(fingerprint one\) .*given \(other\)"):
        other.prepare()


def test_the_store_may_be_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    saved(Path("."), potentials(MaxEnt))
    assert_same(Store(Path("."), "teacher").load(), potentials(MaxEnt))


def test_a_damaged_shard_is_named_and_can_be_deleted_without_the_others(path):
    saved(path, potentials(MaxEnt))
    saved(path, potentials(MaxEnt, NEW))
    damaged, _ = sorted(path.iterdir(), key=lambda file: len(shard.read(file, "teacher")))
    damaged.write_bytes(bytes(len(damaged.read_bytes())))
    with pytest.raises(ConfigurationError, match=f"{damaged.name} is not a file of stored potentials.*Delete it"):
        Store(path, "teacher").load()
    damaged.unlink()
    assert_same(Store(path, "teacher").load(), potentials(MaxEnt))


def test_a_shard_with_other_labels_than_the_rest_is_refused(path):
    saved(path, potentials(MaxEnt))
    saved(path, potentials(MaxEnt, NEW))
    *_, last = sorted(path.iterdir())
    rewritten(last, lambda header, _: header.update(labels='["O", "B-X", "U-X"]'), signed=True)
    with pytest.raises(ConfigurationError, match=f"{last.name} holds distributions of another class, or .*Delete it"):
        Store(path, "teacher").load()


def test_a_class_that_could_not_be_read_again_is_refused(path):
    foreign = type("MaxEnt", (), {})()
    with pytest.raises(
        ConfigurationError, match="test_store.MaxEnt, which a store cannot keep.*Leave out this teacher"
    ):
        Store(path, "teacher").add({key(("a",)): foreign})


def test_a_store_of_version_0_1_0_is_read_and_grows_beside_its_file(file_of_0_1_0):
    before = file_of_0_1_0.read_bytes()
    assert_same(Store(file_of_0_1_0, "teacher").load(), potentials(MaxEnt))
    assert names(file_of_0_1_0.parent) == ["store.safetensors"]
    saved(file_of_0_1_0, potentials(MaxEnt, NEW))
    assert names(file_of_0_1_0.parent) == ["store.safetensors", "store.safetensors.shards"]
    assert file_of_0_1_0.read_bytes() == before
    assert_same(Store(file_of_0_1_0, "teacher").load(), potentials(MaxEnt) | potentials(MaxEnt, NEW))


def test_what_was_added_to_a_store_of_version_0_1_0_is_found_without_its_file(file_of_0_1_0):
    saved(file_of_0_1_0, potentials(MaxEnt, NEW))
    file_of_0_1_0.unlink()
    assert_same(Store(file_of_0_1_0, "teacher").load(), potentials(MaxEnt, NEW))
    saved(file_of_0_1_0, potentials(MaxEnt, SENTENCES))
    assert names(file_of_0_1_0.parent) == ["store.safetensors.shards"]
