"""A shard holds potentials bit by bit. Whatever else a file holds is refused."""

import json

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation.teachers import shard
from skd_plugin.distillation.teachers.keys import key
from skd_plugin.structures import (
    FORBIDDEN,
    FlatSpans,
    HeadSelection,
    IndependentSpans,
    LinearChain,
    MaxEnt,
    ProjectiveTree,
)
from tests.distillation.teachers.samples import (
    LABELS,
    SENTENCES,
    TEACHER,
    as_in_0_1_0,
    assert_same,
    biaffine,
    bounded_chain,
    content,
    potentials,
    read,
    rewritten,
    spans,
    written,
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "shard.safetensors"


@pytest.mark.parametrize("kind", [MaxEnt, LinearChain])
def test_what_is_written_is_read_bit_by_bit(path, kind):
    assert_same(read(written(path, potentials(kind))), potentials(kind))


@pytest.mark.parametrize("precision", [torch.float32, torch.float16])
@pytest.mark.parametrize("max_width", [1, 2, 3])
@pytest.mark.parametrize("kind", [FlatSpans, IndependentSpans])
def test_spans_have_a_maximal_width(path, kind, max_width, precision):
    given = spans(kind, max_width)
    opened = shard.Shard(written(path, given, precision=precision), TEACHER)
    assert_same(opened.read_all(), {name: in_precision(precision, sentence) for name, sentence in given.items()})
    assert opened.sizes == {"scores": (1 + 3 * max_width + 2 * min(2, max_width)) * 2 * precision.itemsize}


def in_precision(precision, sentence):
    return sentence.of_potentials(
        scores=sentence.scores.to(precision).float(), mask=sentence.mask, labels=sentence.labels
    )


@pytest.mark.parametrize("kind", [HeadSelection, ProjectiveTree])
def test_biaffine_relations_are_kept_as_their_factors(path, kind):
    assert_same(read(written(path, biaffine(kind))), biaffine(kind))
    _, tensors = content(path)
    assert "relations" not in tensors and tensors["relation_weights"].shape == (3, 5, 4)
    assert len(tensors["relation_dependents"]) == 6 and len(tensors["relation_heads"]) == 9


def test_factors_that_are_not_complete_are_refused(path):
    rewritten(written(path, biaffine(HeadSelection)), lambda _, tensors: tensors.pop("relation_heads"), signed=True)
    message = (
        "potentials relation_dependents, relation_weights were given, expected relations, or relation_dependents, "
    )
    with pytest.raises(ConfigurationError, match=message):
        read(path)


@pytest.mark.parametrize("labels", [LABELS, ()])
@pytest.mark.parametrize("kind", [HeadSelection, ProjectiveTree])
def test_arcs_of_sentences_of_any_length_are_read_bit_by_bit(path, kind, labels):
    mask = torch.arange(3) < torch.tensor([1, 3, 2]).unsqueeze(1)
    relations = torch.randn(3, 3, 4, len(labels)) if labels else None
    sentences = dict(zip(map(key, SENTENCES), kind(torch.randn(3, 3, 4), relations, mask, labels).unstack()))
    found = read(written(path, sentences))
    assert [sentence.arcs.shape for sentence in found.values()] == [(1, 1, 2), (1, 3, 4), (1, 2, 3)]
    for name, sentence in sentences.items():
        other = found[name]
        assert type(other) is kind and other.labels == labels
        assert torch.equal(other.arcs, sentence.arcs) and torch.equal(other.mask, sentence.mask)
        assert torch.equal(other.relations, sentence.relations) if labels else other.relations is None


@pytest.mark.parametrize("kind", [MaxEnt, LinearChain])
def test_sentences_are_read_in_any_order(path, kind):
    opened = shard.Shard(written(path, potentials(kind)), TEACHER)
    names = [key(SENTENCES[row]) for row in (2, 0)]
    batch = opened.batch(opened.potentials([2, 0]))
    assert_same(dict(zip(names, batch.unstack())), {name: potentials(kind)[name] for name in names})


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
@pytest.mark.parametrize("kind", [MaxEnt, LinearChain])
def test_half_precision_rounds_the_scores_of_sentences(path, kind, name):
    dtype = getattr(torch, name)
    written(path, potentials(kind), precision=dtype)
    assert shard.Shard(path, TEACHER).precision == dtype
    for read_sentence, sentence in zip(read(path).values(), potentials(kind).values()):
        for own in kind.sentence_potentials:
            one, other = getattr(read_sentence, own), getattr(sentence, own)
            assert one.dtype == torch.float32 and torch.equal(one, other.to(dtype).float())
        for shared in kind.shared_potentials:
            assert torch.equal(getattr(read_sentence, shared), getattr(sentence, shared))


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_what_is_forbidden_is_so_in_half_precision(path, name):
    scores = torch.tensor([[[1.0, FORBIDDEN, 3.0]]])
    sentence = MaxEnt(scores, torch.ones(1, 1, dtype=torch.bool), LABELS)
    [found] = read(written(path, {key(("Ada",)): sentence}, precision=getattr(torch, name))).values()
    assert torch.equal(found.scores, scores)


def test_a_score_that_half_precision_cannot_hold_is_refused():
    sentence = MaxEnt(torch.tensor([[[1e5, 0.0, 3.0]]]), torch.ones(1, 1, dtype=torch.bool), LABELS)
    message = r"A potential of the teacher is 1e\+05, too large for float16, whose largest number is 6.55e\+04"
    with pytest.raises(OverflowError, match=message):
        shard.to_bytes({key(("Ada",)): sentence}, TEACHER, torch.float16)


def test_a_file_that_is_cut_while_it_is_open_is_refused(path):
    opened = shard.Shard(written(path, potentials(MaxEnt)), TEACHER)
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(ConfigurationError, match="is damaged"):
        opened.potentials([0, 1, 2])


def test_potentials_may_share_their_memory(path):
    edge, mask = torch.randn(3), torch.ones(1, 3, dtype=torch.bool)
    sentences = {key(SENTENCES[1]): LinearChain(torch.randn(1, 3, 3), torch.randn(3, 3), edge, edge, mask, LABELS)}
    assert_same(read(written(path, sentences)), sentences)


def test_a_maximal_width_is_kept(path):
    chain = bounded_chain()
    [found] = read(written(path, {key(("a", "b", "c")): chain})).values()
    assert found.max_width == 2
    assert torch.equal(found.log_partition, chain.log_partition)


def test_the_format_and_its_checksum_stay_what_they_are(path):
    chain = LinearChain(
        torch.arange(6.0).view(1, 2, 3), torch.eye(3), torch.zeros(3), torch.ones(3), torch.ones(1, 2) > 0, LABELS
    )
    header, tensors = content(written(path, {key(("New", "York")): chain}))
    assert header == {
        "format": "skd_plugin potentials 3",
        "teacher": TEACHER,
        "factorization": "LinearChain",
        "labels": '["O", "U-X", "B-X"]',
        "settings": "{}",
        "checksum": "b59756c3ffdffcf34dd0b3a5a81087a97bf4d36512294b50f3cf68deac376860",
    }
    shapes = {name: (str(tensor.dtype), list(tensor.shape)) for name, tensor in tensors.items()}
    assert shapes == {
        "keys": ("torch.uint8", [16]),
        "lengths": ("torch.int64", [1]),
        "checksums": ("torch.uint8", [4]),
        "emissions": ("torch.float32", [2, 3]),
        "transitions": ("torch.float32", [3, 3]),
        "start": ("torch.float32", [3]),
        "end": ("torch.float32", [3]),
    }


def test_a_file_of_version_0_1_0_is_read(path):
    rewritten(written(path, potentials(LinearChain)), as_in_0_1_0)
    assert_same(read(path), potentials(LinearChain))


def test_a_file_of_version_0_1_0_whose_maximal_width_is_not_known_is_refused(path):
    rewritten(written(path, {key(("a", "b", "c")): bounded_chain()}), as_in_0_1_0)
    with pytest.raises(ConfigurationError, match="did not keep the max_width of a ConstrainedChain.*Delete it"):
        read(path)


def swapped_keys(header, tensors):
    tensors["keys"] = tensors["keys"].view(3, 16)[[1, 0, 2]].flatten()


def swapped_lengths(header, tensors):
    tensors["lengths"] = tensors["lengths"][[0, 2, 1]]


def reversed_labels(header, tensors):
    header["labels"] = json.dumps(LABELS[::-1])


def another_class(header, tensors):
    header["factorization"] = "ConstrainedChain"


def other_settings(header, tensors):
    header["settings"] = '{"max_width": 2}'


def one_more_field(header, tensors):
    header["note"] = "mine"


def swapped_names(header, tensors):
    tensors["start"], tensors["end"] = tensors["end"], tensors["start"]


def another_type(header, tensors):
    tensors["start"] = tensors["start"].view(torch.int32)


def another_shape(header, tensors):
    tensors["emissions"] = tensors["emissions"].view(3, -1)


def without_a_tensor(header, tensors):
    del tensors["end"]


def without_its_format(header, tensors):
    del header["format"]


@pytest.mark.parametrize(
    "change",
    [
        swapped_keys,
        swapped_lengths,
        reversed_labels,
        another_class,
        other_settings,
        one_more_field,
        swapped_names,
        another_type,
        another_shape,
        without_a_tensor,
        without_its_format,
    ],
)
def test_whatever_is_changed_is_noticed(path, change):
    rewritten(written(path, potentials(LinearChain)), change)
    with pytest.raises(ConfigurationError, match=r"shard.safetensors is damaged: its checksum .*Delete it"):
        read(path)


def test_every_flipped_bit_is_noticed(path):
    whole = shard.to_bytes(potentials(MaxEnt, [("Ada",), ("a", "b")]), TEACHER)
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << position % 8
        path.write_bytes(damaged)
        try:
            found = read(path)
        except ConfigurationError as error:
            assert str(path) in str(error)
        else:  # a byte of the header without meaning, such as a space
            assert_same(found, potentials(MaxEnt, [("Ada",), ("a", "b")]))


def test_zeros_after_a_power_cut_are_noticed(path):
    whole = shard.to_bytes(potentials(MaxEnt), TEACHER)
    for start in range(0, len(whole), 64):
        path.write_bytes(whole[:start] + bytes(len(whole) - start))
        with pytest.raises(ConfigurationError, match="shard.safetensors is (damaged|not a file of stored)"):
            read(path)


@pytest.mark.parametrize("damage", [b"", b"no potentials", b"\2" + bytes(7) + b"{}", None])
def test_what_is_not_a_shard_is_refused(path, damage):
    written(path, potentials(MaxEnt))
    path.write_bytes(path.read_bytes()[:-9] if damage is None else damage)
    with pytest.raises(ConfigurationError, match="shard.safetensors is not a file of stored potentials.*Delete it, or"):
        read(path)


def test_what_cannot_be_read_is_refused(path):
    path.mkdir()
    with pytest.raises(ConfigurationError, match="shard.safetensors cannot be read .*Make it readable"):
        read(path)


def misfit(name, value):
    def change(header, tensors):
        tensors[name] = value

    return change


@pytest.mark.parametrize("of_0_1_0", [False, True])
@pytest.mark.parametrize(
    "change, reason",
    [
        (misfit("emissions", torch.zeros(5, 3)), "expected 6 rows"),
        (misfit("emissions", torch.zeros(6, 2)), "3 labels were given for a label axis of 2"),
        (misfit("emissions", torch.zeros(6, 3, dtype=torch.int32)), "emissions is torch.int32, expected numbers of fl"),
        (misfit("transitions", torch.zeros(3, 2)), r"transitions has shape \(3, 2\)"),
        (misfit("lengths", torch.zeros(3)), "lengths is torch.float32, expected int64"),
        (misfit("lengths", torch.tensor([7, -1, 0])), "negative"),
        (misfit("keys", torch.zeros(32, dtype=torch.uint8)), "32 bytes of keys for 3 sentences, expected 16 for each"),
        (misfit("keys", torch.zeros(3, 2, dtype=torch.int64)), "48 bytes of keys for 3 sentences"),
        (misfit("keys", torch.zeros(48, dtype=torch.uint8)), "a key is there twice"),
        (without_a_tensor, "argument: 'end'"),
    ],
)
def test_tensors_that_no_factorization_is_made_of_are_refused(path, change, reason, of_0_1_0):
    rewritten(written(path, potentials(LinearChain)), change, signed=True)
    if of_0_1_0:
        rewritten(path, as_in_0_1_0)
    with pytest.raises(
        ConfigurationError, match=f"shard.safetensors does not hold what a LinearChain is made of.*{reason}.*Delete it"
    ):
        read(path)


@pytest.mark.parametrize("labels", ["[", "3", '["O"]'])
def test_labels_that_are_none_are_refused(path, labels):
    rewritten(written(path, potentials(MaxEnt)), lambda header, _: header.update(labels=labels), signed=True)
    with pytest.raises(ConfigurationError, match="does not hold what a MaxEnt is made of"):
        read(path)


@pytest.mark.parametrize("name", ["CircularTree", "Labeling", "target", "lesson"])
def test_a_class_that_is_not_known_is_refused_by_name(path, name):
    rewritten(written(path, potentials(MaxEnt)), lambda header, _: header.update(factorization=name), signed=True)
    with pytest.raises(ConfigurationError, match=f"of the class '{name}', but .* has only .*MaxEnt.* Install the vers"):
        read(path)


def test_a_newer_format_is_refused_by_name(path):
    rewritten(written(path, potentials(MaxEnt)), lambda header, _: header.update(format="skd_plugin potentials 4"))
    with pytest.raises(ConfigurationError, match="has the format 'skd_plugin potentials 4'.*reads '.* 3'.*Install the"):
        read(path)


def test_another_teachers_potentials_are_refused(path):
    written(path, potentials(MaxEnt), "fedcba9876543210")
    with pytest.raises(
        ConfigurationError,
        match=r"another teacher \(fingerprint fedcba987654\) than the one given \(0123456789ab\)",
    ):
        read(path)


def test_every_factorization_can_be_read_again():
    chains, spans = {"MaxEnt", "LinearChain", "ConstrainedChain"}, {"FlatSpans", "IndependentSpans"}
    trees = {"ArcLabels", "HeadSelection", "NonProjectiveTree", "ProjectiveTree", "SecondOrder"}
    assert chains | spans | trees <= set(shard.kinds())


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_the_sizes_of_potentials_are_known_before_and_after(tmp_path, precision):
    sentences = biaffine(HeadSelection)
    sizes = shard.Shard(written(tmp_path / "file", sentences, precision=precision), TEACHER).sizes
    [first] = [sentence for sentence in sentences.values() if sentence.lengths.item() == 1]
    shared = {name: getattr(first, name).numel() * 4 for name in first.shared_potentials if name in sizes}
    assert {name: sizes.pop(name) for name in shared} == shared
    own = [shard.size_of_own(sentence, precision) for sentence in sentences.values()]
    assert sum(own) == sum(sizes.values()) > 0


def test_a_file_says_whose_it_is(tmp_path):
    file = written(tmp_path / "file", potentials(MaxEnt))
    assert shard.teacher_of(file) == TEACHER
    file.write_bytes(file.read_bytes()[:10])
    assert shard.teacher_of(file) is None
