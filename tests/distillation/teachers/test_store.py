"""Stored potentials are exact, survive an interruption, and belong to one teacher."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from safetensors import safe_open
from safetensors.torch import save_file

from skd_plugin.distillation.teachers import store as store_module
from skd_plugin.distillation.teachers.store import add, key, load, save
from skd_plugin.structures import ConstrainedChain, HeadSelection, LinearChain, MaxEnt, ProjectiveTree

LABELS = ("O", "U-X", "B-X")
SENTENCES = [("Ada",), ("New", "York", "City"), ("a", "b")]


def potentials(kind, sentences=SENTENCES):
    torch.manual_seed(0)
    mask = torch.arange(3) < torch.tensor([len(words) for words in sentences]).unsqueeze(1)
    scores = torch.randn(len(sentences), 3, 3)
    shared = [] if kind is MaxEnt else [torch.randn(3, 3), torch.randn(3), torch.randn(3)]
    return dict(zip(map(key, sentences), kind(scores, *shared, mask, LABELS).unstack()))


def assert_same(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name, sentence in ours.items():
        other = theirs[name]
        assert type(sentence) is type(other) and sentence.labels == other.labels
        for potential in (*sentence.sentence_potentials, *sentence.shared_potentials, "mask"):
            assert torch.equal(getattr(sentence, potential), getattr(other, potential))


@pytest.mark.parametrize("kind", [MaxEnt, LinearChain])
def test_what_is_saved_is_loaded_bit_by_bit(tmp_path, kind):
    path = tmp_path / "store"
    save(path, potentials(kind), "teacher")
    assert_same(load(path, "teacher"), potentials(kind))


@pytest.mark.parametrize("labels", [LABELS, ()])
@pytest.mark.parametrize("kind", [HeadSelection, ProjectiveTree])
def test_arcs_of_sentences_of_any_length_are_loaded_bit_by_bit(tmp_path, kind, labels):
    path, mask = tmp_path / "store", torch.arange(3) < torch.tensor([1, 3, 2]).unsqueeze(1)
    relations = torch.randn(3, 3, 4, len(labels)) if labels else None
    sentences = dict(zip(map(key, SENTENCES), kind(torch.randn(3, 3, 4), relations, mask, labels).unstack()))
    save(path, sentences, "teacher")
    loaded = load(path, "teacher")
    assert [sentence.arcs.shape for sentence in loaded.values()] == [(1, 1, 2), (1, 3, 4), (1, 2, 3)]
    for name, sentence in sentences.items():
        other = loaded[name]
        assert type(other) is kind and other.labels == labels
        assert torch.equal(other.arcs, sentence.arcs) and torch.equal(other.mask, sentence.mask)
        assert torch.equal(other.relations, sentence.relations) if labels else other.relations is None


def bounded_chain():
    labels = ("O", "B-X", "I-X", "L-X")
    potentials = torch.randn(1, 3, 4), torch.randn(4, 4), torch.randn(4), torch.randn(4)
    return ConstrainedChain(*potentials, torch.ones(1, 3, dtype=torch.bool), labels, max_width=2)


def test_a_maximal_width_is_kept(tmp_path):
    chain = bounded_chain()
    save(tmp_path / "store", {key(("a", "b", "c")): chain}, "teacher")
    [loaded] = load(tmp_path / "store", "teacher").values()
    assert loaded.max_width == 2
    assert torch.equal(loaded.log_partition, chain.log_partition)


def test_a_store_of_version_0_1_0_whose_maximal_width_is_not_known_is_refused(tmp_path):
    path, chain = tmp_path / "store", bounded_chain()
    save(path, {key(("a", "b", "c")): chain}, "teacher")
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        header = {name: value for name, value in file.metadata().items() if name != "settings"}
    save_file(tensors, path, metadata=header)
    with pytest.raises(ConfigurationError, match="did not keep the max_width of a ConstrainedChain.*Delete it"):
        load(path, "teacher")


def test_the_format_of_version_0_1_0_is_read(tmp_path):
    emissions, transitions, edge = torch.randn(3, 3), torch.randn(3, 3), torch.randn(3)
    tensors = {
        "emissions": emissions,
        "transitions": transitions,
        "start": edge,
        "end": edge.clone(),
        "lengths": torch.tensor([1, 2]),
        "keys": torch.frombuffer(bytearray(key(("Ada",)) + key(("a", "b"))), dtype=torch.uint8),
    }
    header = {"teacher": "fingerprint", "factorization": "LinearChain", "labels": '["O", "U-X", "B-X"]'}
    save_file(tensors, tmp_path / "store", metadata=header)
    one, two = (load(tmp_path / "store", "fingerprint")[key(words)] for words in [("Ada",), ("a", "b")])
    assert type(one) is type(two) is LinearChain and one.labels == LABELS
    assert torch.equal(one.emissions, emissions[None, :1]) and torch.equal(two.emissions, emissions[None, 1:])
    assert torch.equal(two.transitions, transitions) and torch.equal(two.end, edge)


def test_the_key_of_a_sentence_is_its_words():
    assert len({key(("a", "b")), key(("ab",)), key(("a b",)), key(("b", "a"))}) == 4


def test_without_a_file_nothing_is_stored(tmp_path):
    assert load(tmp_path / "store", "teacher") == {}


def test_adding_keeps_what_another_process_has_added(tmp_path):
    path = tmp_path / "new" / "folder" / "store"
    learned = potentials(LinearChain)
    first, *others = learned
    add(path, {first: learned[first]}, "teacher")
    add(path, {name: learned[name] for name in others}, "teacher")
    assert_same(load(path, "teacher"), learned)


def test_an_interrupted_write_leaves_the_old_file_whole(tmp_path, monkeypatch):
    path = tmp_path / "store"
    save(path, potentials(MaxEnt), "teacher")

    def fill_the_disk(tensors, file, metadata):
        file.write_bytes(b"half of it")
        raise OSError("No space left on device")

    monkeypatch.setattr(store_module, "save_file", fill_the_disk)
    with pytest.raises(OSError, match="No space left"):
        add(path, potentials(MaxEnt, [("new",), ("more", "new")]), "teacher")
    assert_same(load(path, "teacher"), potentials(MaxEnt))


def test_another_teachers_potentials_are_refused(tmp_path):
    path = tmp_path / "store"
    save(path, potentials(MaxEnt), "teacher")
    for use in (load, lambda *args: add(args[0], potentials(MaxEnt), args[1])):
        with pytest.raises(
            ConfigurationError, match="store holds the potentials of another teacher.*Delete it, or name"
        ):
            use(path, "another")


@pytest.mark.parametrize("damage", [b"", b"no potentials", None])
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = tmp_path / "store"
    save(path, potentials(MaxEnt), "teacher")
    path.write_bytes(path.read_bytes()[:-9] if damage is None else damage)
    with pytest.raises(ConfigurationError, match="store is not a store of potentials.*Delete it, or name another"):
        load(path, "teacher")
