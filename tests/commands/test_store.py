"""`allennlp skd-store` says what is in a store, and which files are damaged."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from skd_plugin.distillation.teachers.shard import Shard
from tests.commands import allennlp
from tests.untrained import make_archive

TEXT = "fixtures/unlabelled.txt"


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("stores") / "teacher", {}, type="skd_crf_tagger")


@pytest.fixture
def store(teacher, tmp_path, capsys):
    allennlp("skd-annotate", teacher, TEXT, "--store", tmp_path / "store", "--shard-size", 6)
    capsys.readouterr()
    return tmp_path / "store"


@pytest.fixture
def described(store, capsys):
    """What the command says, as JSON."""

    def run(*options, status=0):
        if status:
            with pytest.raises(SystemExit) as exit_:
                allennlp("skd-store", store, "--json", *options)
            assert exit_.value.code == status
        else:
            allennlp("skd-store", store, "--json", *options)
        return json.loads(capsys.readouterr().out)

    return run


def test_it_says_what_is_in_a_store(store, capsys):
    allennlp("skd-store", store)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"{store}: 12 sentences in 2 files")
    assert lines[2].startswith("Distributions: LinearChain, ") and lines[3] == "Bytes a sentence, by potential:"
    names = [line.split("  ")[1] for line in lines[4:-2]]
    assert names == ["emissions", "transitions", "start", "end", "keys, lengths, checksums"]
    assert lines[-2] == "Annotated from:" and lines[-1].startswith(f"  {TEXT}: 12 sentences, ")


def test_as_json(described, store):
    shown = described()
    plan = json.loads((store / "plan.json").read_text())
    assert {name: shown[name] for name in ("teacher", "precision", "loss", "inputs")} == {
        name: plan[name] for name in ("teacher", "precision", "loss", "inputs")
    }
    words = sum(len(line.split()) for line in Path(TEXT).read_text().splitlines())
    assert shown["bytes_by_potential"]["emissions"] == words * len(shown["labels"]) * 4
    assert shown["bytes"] == sum(file.stat().st_size for file in store.glob("shard-*"))
    assert (shown["sentences"], shown["shards"], shown["verified"], shown["faults"]) == (12, 2, False, [])


def test_a_sound_store_is_said_to_be_so(store, teacher, capsys):
    allennlp("skd-store", store, "--verify", "--archive", teacher)
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"{teacher} is this teacher.",
        "Every sentence was read, and every checksum is right.",
    ]


def test_another_teacher_is_said_to_be_so(described, tmp_path):
    other = make_archive(tmp_path / "other", {}, type="skd_maxent_tagger")
    [fault] = described("--archive", other, status=1)["faults"]
    assert "The store holds what another teacher says" in fault and str(other) in fault


def damaged(path: Path, place: int) -> Path:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    return path


def test_every_damaged_file_is_named(described, store):
    first, second = sorted(store.glob("shard-*"))
    for file in (first, second):
        with closing(Shard(file, described()["teacher"])) as shard:
            damaged(file, shard._layout["emissions"].offset + shard.sizes["emissions"] - 1)
    assert described()["faults"] == [], "which shows only when the sentences are read"
    faults = described("--verify", status=1)["faults"]
    assert [fault.split(" ")[0] for fault in faults] == [str(first), str(second)]
    assert all("is damaged: the checksum of a sentence is not that of its content" in fault for fault in faults)


def test_half_a_shard_is_named_once(store, capsys):
    file = min(store.glob("shard-*"))
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(SystemExit):
        allennlp("skd-store", store, "--verify")
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith(f"WRONG: {file} is not a file of stored potentials")


def test_an_index_that_is_wrong_is_named(described, store):
    damaged(store / "index.safetensors", -1)
    [fault] = described("--verify", status=1)["faults"]
    assert fault.startswith(f"{store / 'index.safetensors'} does not say where the sentences are. Delete it")


def test_plan_and_index_are_not_needed(described, store):
    before = described()
    for name in ("plan.json", "index.safetensors"):
        (store / name).unlink()
    assert described("--verify") == {**before, "inputs": [], "verified": True}


def test_a_file_of_version_0_1_0_is_a_store(capsys):
    path = "tests/compatibility/0.1.0/stores/maxent_tagger.safetensors"
    allennlp("skd-store", path, "--verify")
    assert "in 1 files" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["nothing", "folder"])
def test_what_is_no_store_is_refused(tmp_path, name):
    (tmp_path / "folder").mkdir()
    with pytest.raises(SystemExit, match=f"There is no store at .*{name}. Name a folder that `allennlp skd-an"):
        allennlp("skd-store", tmp_path / name)
