"""Potentials for a few sentences, and files of them, also changed ones."""

import json
from contextlib import suppress

import torch
from safetensors import safe_open
from safetensors.torch import save

from skd_plugin.distillation.teachers import shard
from skd_plugin.distillation.teachers.keys import key
from skd_plugin.structures import BiaffineRelations, ConstrainedChain, MaxEnt

LABELS = ("O", "U-X", "B-X")
SENTENCES = [("Ada",), ("New", "York", "City"), ("a", "b")]
TEACHER = "0123456789abcdef"


def potentials(kind, sentences=SENTENCES):
    """Random potentials of a chain, or of a MaxEnt, for sentences of at most three words."""
    torch.manual_seed(0)
    mask = torch.arange(3) < torch.tensor([len(words) for words in sentences]).unsqueeze(1)
    scores = torch.randn(len(sentences), 3, 3)
    shared = [] if kind is MaxEnt else [torch.randn(3, 3), torch.randn(3), torch.randn(3)]
    return dict(zip(map(key, sentences), kind(scores, *shared, mask, LABELS).unstack()))


def bounded_chain():
    labels = ("O", "B-X", "I-X", "L-X")
    values = torch.randn(1, 3, 4), torch.randn(4, 4), torch.randn(4), torch.randn(4)
    return ConstrainedChain(*values, torch.ones(1, 3, dtype=torch.bool), labels, max_width=2)


def spans(kind, max_width, sentences=SENTENCES):
    """A span model of this class with a maximal width and random scores, for sentences of at most three words."""
    torch.manual_seed(0)
    mask = torch.arange(3) < torch.tensor([len(words) for words in sentences]).unsqueeze(1)
    return dict(
        zip(map(key, sentences), kind(torch.randn(len(sentences), 3, max_width, 2), mask, ("X", "Y")).unstack())
    )


def biaffine(kind, sentences=SENTENCES):
    """A parser of this class with random biaffine relations, for sentences of at most three words."""
    torch.manual_seed(0)
    mask = torch.arange(3) < torch.tensor([len(words) for words in sentences]).unsqueeze(1)
    relations = BiaffineRelations(torch.randn(3, 3, 5), torch.randn(3, 4, 4), torch.randn(3, 5, 4))
    return dict(zip(map(key, sentences), kind(torch.randn(3, 3, 4), relations, mask, LABELS).unstack()))


def assert_same(ours, theirs):
    assert ours.keys() == theirs.keys()
    for name, sentence in ours.items():
        other = theirs[name]
        assert type(sentence) is type(other) and sentence.labels == other.labels
        for potential in (*sentence.sentence_potentials, *sentence.shared_potentials, "mask"):
            one, read = getattr(sentence, potential), getattr(other, potential)
            assert (one is None and read is None) or torch.equal(one, read)


def written(path, factorizations, teacher=TEACHER, precision=torch.float32):
    path.write_bytes(shard.to_bytes(factorizations, teacher, precision))
    return path


def read(path, teacher=TEACHER):
    """All sentences of a shard."""
    return shard.Shard(path, teacher).read_all()


def content(path):
    with safe_open(path, framework="pt") as file:
        return shard._header(file), {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118


def rewritten(path, change, signed=False):
    """The same file with its header and tensors changed; `signed` gives it the checksum of what it then holds."""
    header, tensors = content(path)
    change(header, tensors)
    if signed:
        sign(header, tensors)
    path.write_bytes(save(tensors, {"header": json.dumps(header)} if "format" in header else header))
    return path


def sign(header, tensors):
    """Gives what is in the header and the tensors their checksums."""
    del header["checksum"]
    kind = shard.kinds().get(header["factorization"], MaxEnt)
    own = {name: tensors[name] for name in kind.sentence_potentials if name in tensors}
    common = {name: tensor for name, tensor in tensors.items() if name not in own}
    with suppress(ValueError, TypeError):  # for lengths that are none
        limits = json.loads(header.get("limits", "{}"))
        checksums = shard._sentence_checksums(kind, own, tensors["lengths"].tolist(), limits)
        common["checksums"] = tensors["checksums"] = torch.tensor(checksums).to(torch.int32).view(torch.uint8)
    layout = {name: shard._Layout.of(tensor) for name, tensor in tensors.items()}
    header["checksum"] = shard._checksum(header, layout, common)


def as_in_0_1_0(header, tensors):
    """The change that makes a file what version 0.1.0 wrote."""
    for name in ("format", "settings", "checksum"):
        del header[name]
    tensors.pop("checksums")
