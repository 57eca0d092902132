"""What all readers share: instances, both kinds of sentences in a batch, lazy and sharded reading."""

import gzip
from collections import Counter

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.data.data_loaders import MultiProcessDataLoader
from allennlp.data.dataset_readers.dataset_reader import WorkerInfo
from allennlp.data.token_indexers import SingleIdTokenIndexer

from skd_plugin.data import ConllNer, Conllu, Dependencies
from skd_plugin.data.readers.sentence_reader import NO_GOLD
from tests.data.files.conllu_lines import row

NER, TEXT = "fixtures/ner.conll", "fixtures/unlabelled.txt"
BOTH = {"labelled": NER, "unlabelled": [TEXT, "fixtures/ner_dev.conll"]}


def is_labelled(instance) -> bool:
    return NO_GOLD not in instance["tags"].labels


def test_prediction_has_no_tags():
    instance = ConllNer().text_to_instance(["Oslo", "!"])
    assert set(instance.fields) == {"tokens", "metadata"}
    assert instance["metadata"]["words"] == ["Oslo", "!"]


def test_given_tags():
    reader = ConllNer(label_namespace="ner_labels")
    instance = reader.text_to_instance(["Oslo", "!"], ["U-LOC", "O"])
    reader.apply_token_indexers(instance)
    vocabulary = Vocabulary.from_instances([instance])
    assert instance["tags"].labels == ["U-LOC", "O"]
    assert set(vocabulary.get_token_to_index_vocabulary("ner_labels")) == {"B-LOC", "I-LOC", "L-LOC", "U-LOC", "O"}
    assert instance["metadata"]["tags"] == ["U-LOC", "O"]


def test_both_kinds_are_mixed_evenly():
    kinds = [is_labelled(instance) for instance in ConllNer().read(BOTH)]
    assert Counter(kinds) == {True: 12, False: 18}
    assert all(1 <= sum(kinds[start : start + 10]) <= 7 for start in range(0, 30, 10))


@pytest.mark.parametrize("max_instances", [None, 0, 7, 100])
def test_sentences_are_those_of_the_instances(max_instances):
    reader = ConllNer(max_instances=max_instances)
    expected = [instance["metadata"]["words"] for instance in reader.read(BOTH)]
    assert [sentence.words for sentence in reader.read_sentences(BOTH)] == expected
    assert len(expected) == min(30, 30 if max_instances is None else max_instances)


@pytest.mark.parametrize("max_instances", [5, 6])
def test_workers_share_the_first_sentences(max_instances):
    read = []
    for worker in range(2):
        reader = ConllNer(max_instances=max_instances)
        reader._set_worker_info(WorkerInfo(num_workers=2, id=worker))
        read += [tuple(instance["metadata"]["words"]) for instance in reader.read(BOTH)]
    first = [tuple(sentence.words) for sentence in ConllNer(max_instances=max_instances).read_sentences(BOTH)]
    assert Counter(read) == Counter(first)


def test_every_worker_gets_both_kinds():
    for worker in range(2):
        reader = ConllNer()
        reader._set_worker_info(WorkerInfo(num_workers=2, id=worker))
        kinds = Counter(map(is_labelled, reader.read({"labelled": NER, "unlabelled": TEXT})))
        assert min(kinds[True], kinds[False]) >= 3


def test_unlabelled_sentences_add_no_labels():
    instances = list(ConllNer().read({"unlabelled": NER}))
    assert Vocabulary.from_instances(instances).get_vocab_size("labels") == 0


def test_both_kinds_in_one_batch():
    loader = MultiProcessDataLoader(ConllNer(), BOTH, batch_size=30)
    loader.index_with(Vocabulary.from_instances(loader.iter_instances()))
    (batch,) = loader
    unlabelled = (batch["tags"] == NO_GOLD).any(dim=1)
    lengths = torch.tensor([len(metadata["words"]) for metadata in batch["metadata"]])
    assert unlabelled.sum() == 18
    assert [int(row.sum()) for row in batch["tags"][unlabelled]] == [-n for n in lengths[unlabelled]]


@pytest.mark.parametrize("workers", [0, 1, 2])
@pytest.mark.parametrize("in_memory", [None, 8])
def test_loaders_give_every_sentence_once(workers, in_memory):
    expected = Counter(tuple(i["metadata"]["words"]) for i in ConllNer().read(BOTH))
    loader = MultiProcessDataLoader(
        ConllNer(), BOTH, batch_size=4, shuffle=True, num_workers=workers, max_instances_in_memory=in_memory
    )
    loader.index_with(Vocabulary.from_instances(ConllNer().read(BOTH)))
    for _ in range(2):
        assert Counter(tuple(m["words"]) for batch in loader for m in batch["metadata"]) == expected


def test_instances_of_workers_carry_no_indexers():
    reader = ConllNer()
    reader._set_worker_info(WorkerInfo(num_workers=2, id=1))
    instances = list(reader.read(NER))
    assert len(instances) == 6
    assert instances[0]["tokens"]._token_indexers is None


def test_max_instances():
    assert len(list(ConllNer(max_instances=5).read(BOTH))) == 5


def test_compressed_files_and_text(tmp_path):
    for name in (NER, TEXT):
        with open(name, "rb") as file:
            (tmp_path / f"{name.split('/')[1]}.gz").write_bytes(gzip.compress(file.read()))
    paths = {"labelled": str(tmp_path / "*.conll.gz"), "unlabelled": str(tmp_path / "*.txt.gz")}
    assert Counter(map(is_labelled, ConllNer().read(paths))) == {True: 12, False: 12}


RESERVED = ["@@PADDING@@", "@@NEWLINE@@", "a@@NEWLINE@@b"]


def test_names_that_allennlp_keeps_to_itself_are_unknown_words(tmp_path):
    path = tmp_path / "f.conllu"
    path.write_text(
        "\n".join(row(n, str(n - 1), form=word, upos=word, deprel="x") for n, word in enumerate(RESERVED, 1))
    )
    upos = SingleIdTokenIndexer(feature_name="pos_", namespace="upos")
    reader = Dependencies(token_indexers={"tokens": SingleIdTokenIndexer(), "upos": upos})
    (instance,) = reader.read(str(path))
    assert instance["metadata"]["words"] == RESERVED
    vocabulary = Vocabulary.from_instances([instance])
    vocabulary.save_to_files(str(tmp_path / "vocabulary"))
    loaded = Vocabulary.from_files(str(tmp_path / "vocabulary"))
    for namespace in ("tokens", "upos", "relation_labels"):
        assert loaded.get_token_to_index_vocabulary(namespace) == vocabulary.get_token_to_index_vocabulary(namespace)
    for made in (instance, reader.text_to_instance(RESERVED, RESERVED)):
        reader.apply_token_indexers(made)
        made.index_fields(loaded)
        assert made.as_tensor_dict()["tokens"]["tokens"]["tokens"].tolist() == [1, 1, 1]


@pytest.mark.parametrize("label", ["@@PADDING@@", "B-@@NEWLINE@@"])
def test_labels_that_a_saved_vocabulary_would_lose_are_refused(tmp_path, label):
    path = tmp_path / "f.conll"
    path.write_text(f"a\tO\nb\t{label}\n")
    with pytest.raises(ConfigurationError, match=rf"f\.conll:2: found the label '{label}'.*Rename the label"):
        list(ConllNer(scheme="plain").read(str(path)))


# A reader, a file with labels in its vocabulary, one with another label in line 3, and this label.
FOREIGN = {
    "entities": (ConllNer, {}, ("Oslo B-LOC\n", "Oslo B-LOC\n\nAcme B-ORG\n"), "U-ORG"),
    "plain": (ConllNer, {"scheme": "plain"}, ("Oslo B-LOC\n", "Oslo B-LOC\n\nOslo U-LOC\n"), "U-LOC"),
    "column": (Conllu, {"tags": "upos"}, (row(1, upos="X") + "\n", f"# c\n# d\n{row(1, upos='Y')}\n"), "Y"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_labels_that_the_vocabulary_lacks(tmp_path, kind):
    reader, options, contents, label = FOREIGN[kind]
    own, foreign = tmp_path / "own", tmp_path / "foreign"
    for path, content in zip((own, foreign), contents):
        path.write_text(content)
    vocabulary = Vocabulary.from_instances(reader(**options).read(str(own)))
    message = (
        rf"foreign:3: found the tag '{label}', expected one that .*\"dataset_reader.on_unknown_label\": \"accept\""
    )
    with pytest.raises(ConfigurationError, match=message):
        list(reader(**options).read(str(foreign)))[-1].index_fields(vocabulary)
    instance = list(reader(**options, on_unknown_label="accept").read(str(foreign)))[-1]
    instance.index_fields(vocabulary)
    assert instance.as_tensor_dict()["tags"].tolist() == [-2]
    assert instance["metadata"]["tags"] == [label]


def test_entities_of_other_lengths_are_known(tmp_path):
    own, foreign = tmp_path / "own", tmp_path / "foreign"
    own.write_text("Anna B-PER\nBerg I-PER\n")
    foreign.write_text("Anna B-PER\nMaria I-PER\nBerg I-PER\nand O\nBo B-PER\n")
    vocabulary = Vocabulary.from_instances(ConllNer().read(str(own)))
    (instance,) = ConllNer().read(str(foreign))
    instance.index_fields(vocabulary)
    names = vocabulary.get_index_to_token_vocabulary("labels")
    tags = [names[tag] for tag in instance.as_tensor_dict()["tags"].tolist()]
    assert tags == ["B-PER", "I-PER", "L-PER", "O", "U-PER"]


@pytest.mark.parametrize("content", ["", "\n\n", "-DOCSTART- -X- O O\n\n", "# nothing here\n"])
@pytest.mark.parametrize("kind", ["labelled", "unlabelled"])
def test_an_empty_file_is_refused(tmp_path, content, kind):
    path = tmp_path / "f.conll"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=r"f\.conll: found no sentence, expected at least one"):
        list(ConllNer().read({kind: str(path)}))


def test_every_path_is_checked_before_reading():
    with pytest.raises(ConfigurationError, match="There is no file nowhere.txt"):
        next(iter(ConllNer().read({"labelled": NER, "unlabelled": "nowhere.txt"})))
