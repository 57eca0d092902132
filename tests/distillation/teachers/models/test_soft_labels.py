"""A file of soft labels is the distribution that it says, and is refused by line where it says none."""

import gzip
import json
import pickle
import re

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation import SoftLabels, Teacher, TeacherModel
from skd_plugin.distillation.teachers.model import load_model
from skd_plugin.distillation.teachers.models.soft_labels.writing import what_is_lost, write_line
from skd_plugin.structures import (
    BiaffineRelations,
    ConstrainedChain,
    FlatSpans,
    HeadSelection,
    IndependentSpans,
    LinearChain,
    MaxEnt,
    NonProjectiveTree,
    ProjectiveTree,
    Tree,
    WeightedSequences,
    WeightedSpans,
    WeightedTrees,
    project,
)
from tests import PROJECT_ROOT
from tests.documents import blocks
from tests.structures.oracles.exact_parts import tensors
from tests.structures.samples.lists import random_list
from tests.structures.samples.sample import close, random_sample

CPU = torch.device("cpu")
ANNA, OSLO = ("Anna", "Berg", "left"), ("Oslo",)
TAGS = [{"U-PER": 0.9, "O": 0.1}, {"O": 1}, {"O": 1}]
HEADS = [{"2": 0.9, "0": 0.1}, {"3": 1}, {"0": 1}]
PAGE = "docs/soft_labels.md"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "soft.jsonl"


def written(path, *records):
    lines = [record if isinstance(record, str) else json.dumps(record) for record in records]
    text = "".join(f"{line}\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def loaded(path, **options):
    model = TeacherModel.from_params(Params({"type": "soft_labels", "file": str(path), **options}))
    assert isinstance(model, SoftLabels)
    return load_model(model, model.fingerprint(), CPU)


def given(words, **labels):
    return {"words": list(words), **labels}


def test_tags(path):
    model = loaded(written(path, given(ANNA, tags=TAGS), "", given(OSLO, tags=[{"B-LOC": 1}])))
    f = model.factorize([OSLO, ANNA])
    assert isinstance(f, MaxEnt) and set(f.labels) == {"O", "U-PER", "B-LOC"} and f.mask.sum(1).tolist() == [1, 3]
    by_name = dict(zip(f.labels, f.token_marginals.unbind(2)))
    close(by_name["U-PER"][1], [0.9, 0, 0], 1e-6)
    close(by_name["O"], [[0, 0, 0], [0.1, 1, 1]], 1e-6)
    assert by_name["B-LOC"][0, 0] == 1


def test_tags_of_another_scheme_and_plain_labels(path):
    iob2 = [{"B-PER": 0.75, "O": 0.25}, {"I-PER": 0.5, "O": 0.5}, {"O": 1}]
    f = loaded(written(path, given(ANNA, tags=iob2))).factorize([ANNA])
    assert isinstance(f, ConstrainedChain)
    # Of the well-formed sequences, "B I" and "B O" have 0.375 each, "O O" has 0.125, and "O I" is none.
    close(f.token_marginals[0, 0, f.labels.index("O")], 0.125 / 0.875, 1e-6)
    plain = [{"I": 0.5, "O": 0.5}, {"O": 1}, {"I": 1}]
    f = loaded(written(path, given(ANNA, tags=plain)), scheme="plain").factorize([ANNA])
    assert f.labels == ("I", "O") and isinstance(f, MaxEnt)
    renamed = loaded(written(path, given(ANNA, tags=[{"U-PER": 1}, {"NONE": 1}, {"NONE": 1}])), tags={"NONE": "O"})
    assert set(renamed.factorize([ANNA]).labels) == {"U-PER", "O"}


def test_probabilities_are_normalized(path):
    f = loaded(written(path, given(OSLO, tags=[{"a": 0.504, "b": 0.5}]))).factorize([OSLO])
    close(f.token_marginals, [[[0.504 / 1.004, 0.5 / 1.004]]], 1e-6)


def test_spans(path):
    spans = [
        {"first": 0, "last": 1, "type": "PER", "probability": 0.6},
        {"first": 0, "last": 1, "type": "ORG", "probability": 0.4},
        {"first": 1, "last": 1, "type": "PER", "probability": 0.25},
        {"first": 2, "last": 2, "type": "ORG", "probability": 0},
    ]
    f = loaded(written(path, given(ANNA, spans=spans), given(OSLO, spans=[]))).factorize([ANNA, OSLO])
    assert isinstance(f, IndependentSpans) and f.labels == ("ORG", "PER") and f.max_width == 2
    expected = torch.zeros(2, 3, 2, 2)
    expected[0, 0, 1], expected[0, 1, 0] = torch.tensor([0.4, 0.6]), torch.tensor([0, 0.25])
    close(f.marginals.spans, expected, 1e-6)
    assert f.entropy.isfinite().all() and f.flat.entropy.isfinite().all()


@pytest.mark.parametrize("depends", [False, True])
def test_heads_and_relations(path, depends):
    of_anna = {"2": {"flat": 0.5, "nsubj": 0.5}, "0": {"root": 1}} if depends else {"flat": 0.25, "nsubj": 0.75}
    records = given(ANNA, heads=HEADS, relations=[of_anna, {"nsubj": 1}, {"root": 1}])
    f = loaded(written(path, records, given(OSLO, heads=[{"0": 1}], relations=[{"root": 1}]))).factorize([ANNA, OSLO])
    assert isinstance(f, HeadSelection) and f.labels == ("flat", "nsubj", "root")
    assert isinstance(f.relation_scores, BiaffineRelations) != depends
    close(f.marginals.arcs[0], [[0.1, 0, 0.9, 0], [0, 0, 0, 1], [1, 0, 0, 0]], 1e-6)
    joint = f.marginals.relations
    close(joint[0, 0, 2], [0.45, 0.45, 0] if depends else [0.225, 0.675, 0], 1e-6)
    close(joint[0, 0, 0], [0, 0, 0.1] if depends else [0.025, 0.075, 0], 1e-6)
    assert joint[1, 0, 0].tolist() == [0, 0, 1]


def test_heads_alone(path):
    f = loaded(written(path, given(ANNA, heads=HEADS))).factorize([ANNA])
    assert f.labels == () and f.marginals.relations is None
    close(f.marginals.arcs[0, 0], [0.1, 0, 0.9, 0], 1e-6)


def test_n_best_tags(path):
    n_best = [
        {"weight": 3, "tags": ["B-PER", "I-PER", "O"]},
        {"weight": 1, "tags": ["B-PER", "O", "O"]},
        {"weight": 0, "tags": ["B-LOC", "O", "O"]},
    ]
    f = loaded(written(path, given(ANNA, n_best=n_best), given(OSLO, n_best=[{"weight": 1, "tags": ["O"]}]))).factorize(
        [ANNA, OSLO]
    )
    assert isinstance(f, WeightedSequences) and f.labels == ("B-PER", "L-PER", "O", "U-LOC", "U-PER")
    close(f.marginals.tokens[0, 0], [0.75, 0, 0, 0, 0.25], 1e-6)
    close(f.entropy, [-0.75 * torch.tensor(0.75).log() - 0.25 * torch.tensor(0.25).log(), 0], 1e-6)
    as_labels = loaded(path, scheme="plain").factorize([ANNA])
    assert as_labels.labels == ("B-LOC", "B-PER", "I-PER", "O")


def test_n_best_spans_and_trees(path):
    spans = [{"weight": 0.5, "spans": [{"first": 0, "last": 1, "type": "PER"}]}, {"weight": 0.5, "spans": []}]
    f = loaded(written(path, given(ANNA, n_best=spans))).factorize([ANNA])
    assert isinstance(f, WeightedSpans) and f.widths[0].tolist() == [[2, 0], [0, 0], [0, 0]]
    trees = [
        {"weight": 3, "heads": [2, 3, 0], "relations": ["flat", "nsubj", "root"]},
        {"weight": 1, "heads": [3, 3, 0], "relations": ["nsubj", "obj", "root"]},
    ]
    f = loaded(written(path, given(ANNA, n_best=trees))).factorize([ANNA])
    assert isinstance(f, WeightedTrees) and f.labels == ("flat", "nsubj", "obj", "root")
    close(f.marginals.arcs[0, 0], [0, 0, 0.75, 0.25], 1e-6)
    assert loaded(written(path, given(OSLO, n_best=[{"weight": 1, "heads": [0]}]))).factorize([OSLO]).labels == ()


SPAN = {"first": 0, "last": 0, "type": "PER", "probability": 1}
NBEST = {"weight": 1, "tags": ["O", "O", "O"]}


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("no", "found 'no', which is not JSON .*expected a JSON object in one line. Write lines such as"),
        ('{"words": ["a"], "tags": [{"O": NaN}]}', "found NaN, expected finite numbers"),
        ("[" * 100_000, "which is not JSON"),
        (["Anna"], r'found \["Anna"\], expected an object'),
        (given([], tags=[]), r"found the words \[\], expected a list of one word or more"),
        (given(["a", ""], tags=[{"O": 1}] * 2), "found the words"),
        ({"words": "Anna", "tags": TAGS}, 'found the words "Anna"'),
        (given(ANNA, tag=TAGS), "found the key 'tag', expected one of words, .*put what is your own under 'meta'"),
        (given(ANNA), "found the keys words, expected words and one of tags, spans, heads, n_best"),
        (given(ANNA, tags=TAGS, heads=HEADS), "found the keys words, tags, heads, expected words and one of"),
        (given(ANNA, tags=TAGS, relations=[]), "found relations beside tags"),
        (given(ANNA, tags=TAGS[:2]), "found 2 tags, expected a list of 3, one for each word"),
        (given(ANNA, tags={"O": 1}), "found the tags .*expected a list of 3"),
        (given(ANNA, tags=["O", *TAGS[1:]]), r"found \"O\" as the tags of word 1 \('Anna'\), expected an object"),
        (given(ANNA, tags=[{}, *TAGS[1:]]), "found {} as the tags of word 1"),
        (given(ANNA, tags=[{"": 1}, *TAGS[1:]]), "found a name without a letter in the tags of word 1"),
        (
            given(ANNA, tags=[*TAGS[:1], {"O": 0.8}, {"O": 1}]),
            r"found the tags of word 2 \('Berg'\) with probabilities that sum to 0.8, expected a sum of 1, within 1%. "
            "Give the probabilities of all tags, or divide them by their sum",
        ),
        (given(OSLO, tags=[{"O": 1.5, "U-X": -0.5}]), "1.5 as the probability of 'O' in the tags of word 1 .*scores"),
        (given(OSLO, tags=[{"O": "1"}]), "found \"1\" as the probability of 'O' .*expected a number from 0 to 1"),
        (given(OSLO, tags=[{"O": True}]), "found true as the probability of 'O'"),
        (given(OSLO, tags=[{"O": 10**400}]), "as the probability of 'O'"),
        ('{"words": ["a"], "tags": [{"O": 1e999}]}', "found Infinity as the probability of 'O'"),
        (given(ANNA, spans={}), "found the spans {}, expected a list"),
        (given(ANNA, spans=[{"first": 0}]), "expected an object with first, last, type, probability. Write"),
        (given(ANNA, spans=[{**SPAN, "last": 3}]), "expected first and last from 0 to 2.*the last is inclusive"),
        (given(ANNA, spans=[{**SPAN, "first": 1}]), "and last not before first"),
        (given(ANNA, spans=[{**SPAN, "first": False}]), "expected first and last"),
        (given(ANNA, spans=[{**SPAN, "type": ""}]), 'found the type "", expected the name of a type'),
        (given(ANNA, spans=[{**SPAN, "probability": 2}]), "found 2 as the probability of the PER from 0 to 0"),
        (given(ANNA, spans=[SPAN, SPAN]), "found the PER from 0 to 0 twice"),
        (
            given(ANNA, spans=[SPAN, {**SPAN, "type": "X"}]),
            "types of the span from 0 to 0 with probabilities that sum to 2",
        ),
        (given(ANNA, spans=[]), "soft.jsonl: found no span in any line"),
        (given(ANNA, heads=HEADS[:2]), "found 2 heads, expected a list of 3"),
        (
            given(ANNA, heads=[{"1": 1}, *HEADS[1:]]),
            "found the head '1' of word 1 .'Anna'., expected the number of another",
        ),
        (given(ANNA, heads=[{"4": 1}, *HEADS[1:]]), "found the head '4' of word 1 .* from '1' to '3', or '0' for ROOT"),
        (given(ANNA, heads=[{"-1": 1}, *HEADS[1:]]), "found the head '-1'"),
        (given(ANNA, heads=[{"²": 1}, *HEADS[1:]]), "found the head '²'"),
        (given(ANNA, heads=HEADS, relations=[{"a": 1}]), "found 1 relations, expected a list of 3"),
        (
            given(ANNA, heads=HEADS, relations=[{"2": {"a": 1}}, {"a": 1}, {"a": 1}]),
            "found no relations of word 1 .'Anna'. to head 0, which has probability 0.1, expected relations for every",
        ),
        (
            given(ANNA, heads=HEADS, relations=[{"2": {"a": 1}, "0": {"a": 0.5}}, {"a": 1}, {"a": 1}]),
            "found the relations of word 1 .'Anna'. to head 0 with probabilities that sum to 0.5",
        ),
        (given(ANNA, n_best=[]), r"found the n-best list \[\], expected a list of one structure or more"),
        (given(ANNA, n_best=[{**NBEST, "weight": 0}]), "found weights that sum to 0.*needs a structure that has some"),
        (given(ANNA, n_best=[{**NBEST, "weight": -1}]), "found the weight -1, expected a finite number, not below 0"),
        ('{"words": ["a"], "n_best": [{"weight": NaN, "tags": ["O"]}]}', "found NaN"),
        (given(ANNA, n_best=[{**NBEST, "weight": "1"}]), 'found the weight "1"'),
        (given(ANNA, n_best=[{"tags": ["O"]}]), "expected an object with a weight"),
        (given(ANNA, n_best=[{"weight": 1}]), "found a structure with weight, expected a weight and one of tags"),
        (given(ANNA, n_best=[{**NBEST, "heads": [0]}]), "found a structure with weight, tags, heads"),
        (given(ANNA, n_best=[{"weight": 1, "tags": ["O"]}]), "found 1 tags, expected a list of 3"),
        (given(ANNA, n_best=[{"weight": 1, "tags": ["O", "O", 1]}]), "found 1 among the tags, of word 3"),
        (given(ANNA, n_best=[{"weight": 1, "heads": [2, 2, 0]}]), "found the head 2 of word 2 .'Berg'."),
        (given(ANNA, n_best=[{"weight": 1, "heads": [2, 3, True]}]), "found the head true of word 3"),
        (given(OSLO, n_best=[{"weight": 1, "tags": ["O"]}] * 257), "found 257 structures, expected 256 at most"),
        (
            given(
                ANNA,
                n_best=[
                    {
                        "weight": 1,
                        "spans": [{**dict(list(SPAN.items())[:3]), "last": 1}, {"first": 1, "last": 1, "type": "X"}],
                    }
                ],
            ),
            "found the X from 1 to 1, which overlaps with the span before it",
        ),
        (
            given(ANNA, n_best=[NBEST, {"weight": 1, "spans": []}]),
            "found spans, expected tags as in the structures before",
        ),
    ],
    ids=lambda value: None if isinstance(value, str) and len(value) < 200 else "",
)
def test_a_line_that_is_wrong_is_refused(path, record, message):
    written(path, record)
    place = "" if "soft.jsonl:" in message else r"soft\.jsonl:1: .*"
    with pytest.raises(ConfigurationError, match=f"(?s){place}{message}"):
        loaded(path)


def test_bytes_that_are_no_text(path):
    path.write_bytes(json.dumps(given(OSLO, tags=[{"O": 1}])).encode() + b'\n{"words": ["\xe9"], "tags": [{"O": 1}]}\n')
    with pytest.raises(ConfigurationError, match=r"soft.jsonl:2: found the byte 0xe9, expected text in UTF-8"):
        loaded(path)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (given(OSLO, tags=[{"O": 1}]), given(ANNA, heads=HEADS), "2: found heads, expected tags, as in the first line"),
        (
            given(OSLO, heads=[{"0": 1}]),
            given(ANNA, heads=HEADS, relations=[{"a": 1}] * 3),
            "2: found relations, expected none, as in the lines before. Give all sentences of a file relations, or",
        ),
        (
            given(OSLO, tags=[{"O": 1}]),
            given(OSLO, tags=[{"O": 0.5, "U-X": 0.5}]),
            "2: found other labels for the sentence of line 1, expected every sentence once.*the mean of their prob",
        ),
    ],
)
def test_lines_that_contradict_each_other_are_refused(path, first, second, message):
    with pytest.raises(ConfigurationError, match=f"soft.jsonl:{message}"):
        loaded(written(path, first, second))


def test_a_sentence_may_be_there_twice_with_the_same_labels(path):
    record = given(OSLO, tags=[{"O": 1}])
    model = loaded(written(path, record, given(ANNA, tags=TAGS), {**record, "meta": "again"}))
    assert len(model._file) == 2 and model.missing([OSLO, ANNA]) == []


def test_a_compressed_file_is_the_same(tmp_path):
    records = [given(ANNA, tags=TAGS), given(OSLO, tags=[{"O": 1}])]
    plain, packed = (loaded(written(tmp_path / name, *records)) for name in ("a.jsonl", "a.jsonl.gz"))
    assert packed.factorize([ANNA, OSLO]).scores.equal(plain.factorize([ANNA, OSLO]).scores)
    (tmp_path / "a.jsonl.gz").write_bytes((tmp_path / "a.jsonl.gz").read_bytes()[:-9])
    with pytest.raises(ConfigurationError, match="a.jsonl.gz cannot be read.*get it once more"):
        loaded(tmp_path / "a.jsonl.gz")


def test_what_can_be_refused_at_once_is(path):
    with pytest.raises(ConfigurationError, match="There is no file of soft labels at .*soft.jsonl. Write it first"):
        SoftLabels(str(path))
    with pytest.raises(ConfigurationError, match="soft.jsonl: found no line, expected a sentence on every line"):
        SoftLabels(str(written(path)))
    with pytest.raises(ConfigurationError, match="soft.jsonl:1: found the words"):
        SoftLabels(str(written(path, given([], tags=[]))))
    written(path, given(ANNA, heads=HEADS))
    with pytest.raises(ConfigurationError, match="soft.jsonl has heads, and `scheme` is about tags. Leave it out."):
        SoftLabels(str(path), scheme="IOB2")
    with pytest.raises(ConfigurationError, match="has heads, and the option `tags` is about distributions over tags"):
        SoftLabels(str(path), tags={"A": "O"})
    written(path, given(ANNA, n_best=[NBEST]))
    with pytest.raises(ConfigurationError, match="has n_best, and `scheme` can only be 'plain' there"):
        SoftLabels(str(path), scheme="IOB2")


def test_sentences_that_the_file_does_not_have(path):
    model = loaded(written(path, given(ANNA, tags=TAGS)))
    sentences = [(f"{number}",) for number in range(5)]
    assert model.missing(iter([ANNA, *sentences])) == sentences
    message = (
        "soft.jsonl says nothing about 5 different sentences of the data: '0'; '1'; '2'; …. It finds sentences by "
        "their words, .*Add these sentences to what it has, or leave them out"
    )
    with pytest.raises(ConfigurationError, match=message):
        model.factorize([ANNA, *sentences, *sentences])


def test_the_fingerprint_is_of_content_and_options(path):
    written(path, given(ANNA, tags=TAGS))
    one = SoftLabels(str(path))
    before = one.fingerprint()
    assert before == pickle.loads(pickle.dumps(one)).fingerprint()
    assert SoftLabels(str(path), scheme="BIOUL").fingerprint() != before
    written(path, given(ANNA, tags=TAGS), given(OSLO, tags=[{"O": 1}]))
    assert one.fingerprint() != before


def test_gold_labels_with_probability_1_teach_what_gold_teaches(path):
    """Sentences for which a file has gold labels have the same loss whatever λ is."""
    mask = torch.ones(1, 3, dtype=torch.bool)
    gold_tags = ["B-PER", "I-PER", "O"]
    tags = loaded(written(path, given(ANNA, tags=[{tag: 1} for tag in gold_tags]))).factorize([ANNA])
    labels = ("L-PER", "B-PER", "I-PER", "O", "U-PER")
    chain = LinearChain(*(torch.randn(size) for size in ((1, 3, 5), (5, 5), (5,), (5,))), mask, labels)
    gold = chain.indicator(torch.tensor([[1, 0, 3]]))
    assert all(map(torch.equal, tensors(project(tags, chain)), tensors(gold)))
    heads = given(ANNA, heads=[{"2": 1}, {"3": 1}, {"0": 1}], relations=[{"a": 1}, {"b": 1}, {"b": 1}])
    parser = random_sample(ProjectiveTree, 0, (3,), ("a", "b")).build()
    gold = parser.indicator(Tree(torch.tensor([[2, 3, 0]]), torch.tensor([[0, 1, 1]])))
    for one, other in zip(tensors(project(loaded(written(path, heads)).factorize([ANNA]), parser)), tensors(gold)):
        close(one, other, 1e-6)


@pytest.mark.parametrize("kind", ["tags", "n_best"])
def test_a_store_keeps_what_the_file_says(path, tmp_path, kind):
    labels = {"tags": {"tags": TAGS}, "n_best": {"n_best": [NBEST, {"weight": 3, "tags": ["U-X", "O", "O"]}]}}[kind]
    others = {"tags": {"tags": [{"O": 1}]}, "n_best": {"n_best": [{"weight": 1, "tags": ["O"]}]}}[kind]
    written(path, given(ANNA, **labels), given(OSLO, **others))
    options = {"type": "soft_labels", "file": str(path), "store": str(tmp_path / "store")}
    teacher = Teacher.from_params(Params(dict(options)))
    teacher.open(CPU)
    teacher.study(lambda: [ANNA, OSLO])
    again = Teacher.from_params(Params(dict(options)))
    again.open(CPU)
    expected, read = loaded(path).factorize([ANNA, OSLO]), again([ANNA, OSLO])
    assert again._loaded is None and again.missing([ANNA, OSLO]) == []
    close(read.marginals.tokens, expected.marginals.tokens)
    close(read.entropy, expected.entropy)
    assert again.missing([OSLO, ("new",)]) == [("new",)]


def distributions():
    lengths = (4, 1, 3)
    tags = ("O", "B-X", "I-X", "L-X", "U-X")
    for kind in (MaxEnt, LinearChain, ConstrainedChain):
        yield random_sample(kind, 3, lengths, tags).build()
    yield random_sample(LinearChain, 3, lengths, ("noun", "verb")).build()
    for kind in (FlatSpans, IndependentSpans):
        yield random_sample(kind, 3, lengths, reach=3).build()
    for kind in (HeadSelection, NonProjectiveTree, ProjectiveTree):
        yield random_sample(kind, 3, lengths).build()
    yield random_sample(HeadSelection, 3, lengths, ()).build()
    student = random_sample(HeadSelection, 4, lengths)
    same = student.potentials["relations"][:, :, :1].expand_as(student.potentials["relations"])
    yield student.build(relations=same)
    for kind, of in ((WeightedSequences, MaxEnt), (WeightedSpans, FlatSpans), (WeightedTrees, ProjectiveTree)):
        own = random_sample(of, 5, (3, 1, 2), {WeightedSequences: tags}.get(kind))
        yield random_list(kind, own, 5).build()


@pytest.mark.parametrize("f", list(distributions()), ids=lambda f: type(f).__name__)
def test_what_is_written_has_the_same_expected_parts(path, f):
    sentences = [tuple(f"{b}{i}" for i in range(n)) for b, n in enumerate(f.lengths.tolist())]
    lines = [write_line(words, one, 0.0) for words, one in zip(sentences, f.unstack())]
    assert all(line.left_out < 1e-9 for line in lines)
    # Some of the random taggings are ill-formed, and would be repaired.
    options = {"scheme": "plain"} if isinstance(f, WeightedSequences) else {}
    read = loaded(written(path, *(line.line for line in lines)), **options).factorize(sentences)
    ours, theirs = (marginals_of(one, read.labels) for one in (f, read))
    for one, other in zip(ours, theirs):
        close(one, other, 1e-6)
    assert isinstance(read, type(f)) == (not what_is_lost(type(f)))


def marginals_of(f, labels):
    """Expected parts, with the labels of another distribution: those of parts that a file has."""
    index = torch.tensor([labels.index(label) if label in labels else -1 for label in f.labels], dtype=torch.long)
    if isinstance(f, (MaxEnt, LinearChain, ConstrainedChain)):
        f = MaxEnt(f.token_marginals.clamp(min=1e-30).log(), f.mask, f.labels)
    parts = tensors(f.marginals.relabeled(index, len(labels)))
    if isinstance(f, (FlatSpans, IndependentSpans)):
        parts = [parts[0][:, :, :3]]
    return parts


def test_small_probabilities_are_left_out(path):
    scores = torch.tensor([[[0.9, 0.06, 0.04]]]).log()
    line = write_line(OSLO, MaxEnt(scores, torch.ones(1, 1, dtype=torch.bool), ("a", "b", "c")), 0.05)
    tags = json.loads(line.line)["tags"]
    assert tags == [{"a": pytest.approx(0.9375), "b": pytest.approx(0.0625)}]
    close(line.left_out, 0.04, 1e-6)
    spans = IndependentSpans(torch.full((1, 2, 2, 1), -3.0), torch.ones(1, 2, dtype=torch.bool), ("X",))
    line = write_line(("a", "b"), spans, 0.05)
    assert json.loads(line.line)["spans"] == [] and line.left_out == pytest.approx(2 * 0.047426, 1e-3)


def test_relations_that_do_not_depend_on_the_head_are_written_once():
    f = list(distributions())[10]
    relations = json.loads(write_line(("a", "b", "c"), f.unstack()[2], 0.0).line)["relations"]
    assert all(set(of_word) == {"subj", "root"} for of_word in relations)


def test_the_examples_of_the_page(path):
    examples = blocks(PROJECT_ROOT / PAGE, "json")
    forms = []
    for example in examples:
        written(path, *re.sub(r"\n +", " ", example).strip().split("\n"))
        forms.append(loaded(path)._form_name)
    assert forms == ["tags", "spans", "heads", "heads", "n_best", "n_best", "n_best"]
