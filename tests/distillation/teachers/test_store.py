"""A store keeps what was written to it, survives interruptions, and belongs to one teacher."""

import errno
import json
import os
import time
from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation.teachers import store as module
from skd_plugin.distillation.teachers.index import as_keys
from skd_plugin.distillation.teachers.keys import key
from skd_plugin.distillation.teachers.plan import Plan
from skd_plugin.distillation.teachers.shard import Arguments
from skd_plugin.distillation.teachers.store import SHARDS, Store
from skd_plugin.structures import LinearChain, MaxEnt
from tests.distillation.teachers.samples import (
    LABELS,
    SENTENCES,
    as_in_0_1_0,
    assert_same,
    potentials,
    rewritten,
    written,
)

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
    store.write(factorizations)
    return store


def content(path, teacher="teacher"):
    """All that is stored, of the sentences of these tests."""
    store = Store(path, teacher)
    store.open()
    everything = potentials(MaxEnt) | potentials(MaxEnt, NEW)
    assert len(store) == sum(store.has(as_keys(b"".join(everything))))
    return read(store, everything)


def read(store, names_of):
    """The distributions of those of these sentences that are stored."""
    stored = [name for name in names_of if store.has(as_keys(name))[0]]
    return dict(zip(stored, store.read(stored).unstack())) if stored else {}


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_sentences_of_models_with_other_transitions_are_told_apart(path):
    fold, other = potentials(LinearChain), potentials(LinearChain, NEW)
    other = {
        name: LinearChain(one.emissions, one.transitions + 1, one.start, one.end, one.mask, one.labels)
        for name, one in other.items()
    }
    saved(path, fold)
    store = saved(path, other)
    store.open()
    digests = store.shared_digests([*fold, *other, key(("not", "stored"))])
    assert len(set(digests[:3])) == len(set(digests[3:5])) == 1
    assert digests[0] != digests[3] and digests[5] == b""


def test_where_nothing_is_nothing_is_stored(path):
    assert content(path) == {}
    assert not path.exists()


def test_what_several_processes_add_is_kept(path):
    learned = potentials(LinearChain)
    first, *others = learned
    mine, yours = Store(path, "teacher"), Store(path, "teacher")
    for store in (mine, yours):
        store.prepare()
        assert len(store) == 0
    mine.write({first: learned[first]})
    yours.write({name: learned[name] for name in others})
    assert_same(content(path), learned)


def test_the_same_sentences_have_one_file(path):
    saved(path, potentials(MaxEnt))
    saved(path, dict(reversed(potentials(MaxEnt).items())))
    assert len(list(path.glob(SHARDS))) == 1


def test_the_folder_has_shards_a_plan_and_an_index(path):
    saved(path, potentials(LinearChain)).open()
    [shard_name] = [file.name for file in path.glob(SHARDS)]
    assert names(path) == ["index.safetensors", "plan.json", shard_name]
    assert json.loads((path / "plan.json").read_text()) == {
        "format": "skd_plugin store 1",
        "teacher": "teacher",
        "arguments": {"factorization": "LinearChain", "labels": list(LABELS), "settings": {}},
        "precision": "float32",
        "loss": None,
        "inputs": [],
        "folds": [],
    }


def test_only_what_was_written_is_there(path):
    store = saved(path, potentials(MaxEnt))
    names_of = [key(words) for words in (NEW[0], SENTENCES[1], NEW[1])]
    assert not store.has(as_keys(b"".join(names_of))).any(), "until it is opened again"
    store.open()
    assert store.has(as_keys(b"".join(names_of))).tolist() == [False, True, False]
    assert_same(read(store, names_of), {names_of[1]: potentials(MaxEnt)[names_of[1]]})


def test_a_sentence_that_is_in_two_shards_is_found_once(path):
    saved(path, potentials(MaxEnt))
    store = saved(path, potentials(MaxEnt, [*NEW, SENTENCES[0]]))
    store.open()
    assert len(store) == 5
    assert_same(content(path), potentials(MaxEnt) | potentials(MaxEnt, NEW + [SENTENCES[0]]) | potentials(MaxEnt))


@pytest.mark.parametrize("lost", ["index.safetensors", "plan.json", "both"])
def test_plan_and_index_are_made_again_from_the_shards(path, lost):
    saved(path, potentials(MaxEnt)).open()
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    for name in ("index.safetensors", "plan.json"):
        if lost in (name, "both"):
            (path / name).unlink()
    assert_same(content(path), potentials(MaxEnt))
    assert {file.name: file.read_bytes() for file in path.iterdir()} == before


def test_a_store_that_is_only_read_gets_no_index(path):
    saved(path, potentials(MaxEnt)).open()
    (path / "index.safetensors").unlink()
    store = Store(path, "teacher")
    store.open(read_only=True)
    assert len(store) == len(SENTENCES) and "index.safetensors" not in names(path)


@pytest.mark.parametrize("damage", [b"", b"nothing", b"\2" + bytes(7) + b"{}"])
def test_an_index_that_cannot_be_read_is_made_again(path, damage):
    saved(path, potentials(MaxEnt)).open()
    (path / "index.safetensors").write_bytes(damage)
    assert_same(content(path), potentials(MaxEnt))


def test_the_plan_says_the_precision_of_new_shards(path):
    store = Store(path, "teacher")
    store.prepare()
    first = next(iter(potentials(MaxEnt).values()))
    store.begin(Plan("teacher", Arguments.of(first), "float16"))
    store.write(potentials(MaxEnt))
    store.open()
    assert [shard.precision for shard in store.shards()] == [torch.float16]
    (path / "plan.json").unlink()
    store.open()
    assert store.plan.precision == "float16", "as the shards have it"


@pytest.mark.parametrize(
    "text, reason",
    [
        ("[", "JSONDecodeError"),
        ("{}", "KeyError: 'format'"),
        ('{"format": "skd_plugin store 1", "teacher": "teacher"}', "KeyError: 'arguments'"),
    ],
)
def test_a_plan_that_is_none_is_refused(path, text, reason):
    saved(path, potentials(MaxEnt))
    (path / "plan.json").write_text(text)
    with pytest.raises(ConfigurationError, match=f"plan.json is not the plan of a store .{reason}.*Delete it: it is w"):
        content(path)


def test_a_newer_plan_is_refused_by_name(path):
    saved(path, potentials(MaxEnt))
    (path / "plan.json").write_text('{"format": "skd_plugin store 2"}')
    with pytest.raises(
        ConfigurationError, match="plan.json has the format 'skd_plugin store 2'.*reads '.* 1'.*Install"
    ):
        content(path)


def test_few_shards_are_open_at_once(path, monkeypatch):
    monkeypatch.setattr(module, "OPEN_SHARDS", 1)
    for name, sentence in potentials(MaxEnt).items():
        saved(path, {name: sentence})
    store = Store(path, "teacher")
    store.open()
    for _ in range(2):
        assert_same(read(store, potentials(MaxEnt)), potentials(MaxEnt))
        assert len(store._open) == 1
    store.open()
    assert not store._open


def test_files_have_the_mode_of_other_files_and_nothing_else_stays(path):
    before = os.umask(0o027)
    try:
        saved(path, potentials(MaxEnt))
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o750
    assert {file.stat().st_mode & 0o777 for file in path.iterdir()} == {0o640}
    assert names(path.parent) == ["store"], "no lock beside it"


def test_what_a_killed_process_has_left_is_not_read_and_is_removed_later(path):
    saved(path, potentials(MaxEnt)).open()
    before = names(path)
    [whole] = path.glob(SHARDS)
    fresh, old = (path / f"{whole.name}.{name}.unfinished" for name in ("fresh", "old"))
    for file in (fresh, old):
        file.write_bytes(whole.read_bytes()[:100])
    os.utime(old, (time.time() - 4000,) * 2)
    assert_same(content(path), potentials(MaxEnt))
    Store(path, "teacher").prepare()
    assert names(path) == sorted([*before, fresh.name])


def no_space(*args):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_store_whole(path, monkeypatch):
    store = saved(path, potentials(MaxEnt))
    before = names(path)
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", no_space)
        with pytest.raises(OSError, match="No space left on device"):
            store.write(potentials(MaxEnt, NEW))
        with pytest.raises(OSError, match="No space left on device"):
            saved(path.parent / "another", potentials(MaxEnt, NEW))
    assert names(path) == before and names(path.parent / "another") == [], "nothing half written stays"
    store.write(potentials(MaxEnt, NEW))
    assert_same(content(path), potentials(MaxEnt) | potentials(MaxEnt, NEW))


def test_a_store_that_cannot_be_written_needs_no_index(path, monkeypatch):
    saved(path, potentials(MaxEnt))
    monkeypatch.setattr(os, "fsync", no_space)
    assert_same(content(path), potentials(MaxEnt))
    assert len(list(path.iterdir())) == 2


@pytest.mark.parametrize("place", ["/proc/store", "FILE/store", "FILE/in/store", "/dev/null"])
def test_a_place_that_cannot_be_written_is_refused(tmp_path, place):
    (tmp_path / "file").write_text("")
    store = Store(Path(place.replace("FILE", str(tmp_path / "file"))), "teacher")
    store.open()
    assert len(store) == 0
    with pytest.raises(
        ConfigurationError,
        match="(store|null) cannot be written .*Name a folder that can be written. A training",
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
    with pytest.raises(
        ConfigurationError, match="The store .* holds the potentials of another teacher .* Name another"
    ):
        Store(path, "another").open()
    (path / "plan.json").unlink()
    with pytest.raises(ConfigurationError, match="shard-.* holds the potentials of another teacher .* Name another"):
        Store(path, "another").open()


def test_a_store_that_another_teacher_has_begun_meanwhile_is_refused(path):
    one, other = Store(path, "one"), Store(path, "other")
    for store in (one, other):
        store.prepare()
    one.write(potentials(MaxEnt))
    one.prepare()
    with pytest.raises(
        ConfigurationError, match=r"store holds the potentials of another teacher \(fingerprint one\) .*given \(other\)"
    ):
        other.prepare()


def test_the_store_may_be_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    saved(Path("."), potentials(MaxEnt))
    assert_same(content(Path(".")), potentials(MaxEnt))


def test_a_damaged_shard_is_named_and_can_be_deleted_without_the_others(path):
    saved(path, potentials(MaxEnt))
    [damaged] = path.glob(SHARDS)
    saved(path, potentials(MaxEnt, NEW)).open()
    damaged.write_bytes(bytes(len(damaged.read_bytes())))
    with pytest.raises(ConfigurationError, match=f"{damaged.name} is not a file of stored potentials.*Delete it"):
        content(path)
    damaged.unlink()
    assert_same(content(path), potentials(MaxEnt, NEW))


def test_a_shard_that_was_replaced_is_looked_at_again(path):
    saved(path, potentials(MaxEnt)).open()
    [replaced] = path.glob(SHARDS)
    replaced.write_bytes(b"")
    with pytest.raises(ConfigurationError, match=f"{replaced.name} is not a file of stored potentials"):
        Store(path, "teacher").open()


def test_a_shard_with_other_labels_than_the_rest_is_refused(path):
    saved(path, potentials(MaxEnt)).open()
    [first] = path.glob(SHARDS)
    other = path / SHARDS.replace("*", "other")
    other.write_bytes(first.read_bytes())
    rewritten(other, lambda header, _: header.update(labels='["O", "B-X", "U-X"]'), signed=True)
    with pytest.raises(
        ConfigurationError, match=f"{other.name} holds distributions of another class, or .*Delete the f"
    ):
        content(path)


def test_distributions_with_other_labels_than_the_store_are_not_written(path):
    store = saved(path, potentials(MaxEnt))
    with pytest.raises(
        ConfigurationError, match="The teacher gives distributions of another class.*LinearChain .*MaxEnt"
    ):
        store.write(potentials(LinearChain, NEW))


def test_a_score_that_half_precision_cannot_hold_is_refused(path):
    store = Store(path, "teacher")
    store.prepare()
    sentence = MaxEnt(torch.full((1, 1, 3), 1e5), torch.ones(1, 1, dtype=torch.bool), LABELS)
    store.begin(Plan("teacher", Arguments.of(sentence), "float16"))
    with pytest.raises(ConfigurationError, match=r"is 1e\+05, too large for float16.*--dtype bfloat16 or float32"):
        store.write({key(("a",)): sentence})


def test_a_class_that_could_not_be_read_again_is_refused(path):
    foreign = type("MaxEnt", (), {})()
    with pytest.raises(
        ConfigurationError, match="test_store.MaxEnt, which a store cannot keep.*Leave out this teacher"
    ):
        Store(path, "teacher").write({key(("a",)): foreign})


def test_a_store_of_version_0_1_0_is_read_and_grows_beside_its_file(file_of_0_1_0):
    before = file_of_0_1_0.read_bytes()
    assert_same(content(file_of_0_1_0), potentials(MaxEnt))
    assert names(file_of_0_1_0.parent) == ["store.safetensors"]
    saved(file_of_0_1_0, potentials(MaxEnt, NEW))
    assert names(file_of_0_1_0.parent) == ["store.safetensors", "store.safetensors.shards"]
    assert file_of_0_1_0.read_bytes() == before
    assert_same(content(file_of_0_1_0), potentials(MaxEnt) | potentials(MaxEnt, NEW))


def test_what_was_added_to_a_store_of_version_0_1_0_is_found_without_its_file(file_of_0_1_0):
    saved(file_of_0_1_0, potentials(MaxEnt, NEW))
    file_of_0_1_0.unlink()
    assert_same(content(file_of_0_1_0), potentials(MaxEnt, NEW))
    saved(file_of_0_1_0, potentials(MaxEnt, SENTENCES))
    assert names(file_of_0_1_0.parent) == ["store.safetensors.shards"]


def test_what_all_shards_share_is_in_memory_once(path):
    saved(path, potentials(LinearChain))
    # As many sentences, so that the random transitions are the same.
    store = saved(path, potentials(LinearChain, [*NEW, ("another",)]))
    store.open()
    one, other = store.shards()
    assert one.shared["transitions"] is other.shared["transitions"]
