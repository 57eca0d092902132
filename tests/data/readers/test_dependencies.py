"""The reader `skd_dependencies`: good trees. Bad ones are in `test_bad_trees.py`."""

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Vocabulary
from allennlp.data.data_loaders import MultiProcessDataLoader
from allennlp.data.token_indexers import SingleIdTokenIndexer

from skd_plugin.data import Conllu, Dependencies
from tests.data.files.conllu_lines import row

FIXTURE, TEXT = "fixtures/trees.conllu", "fixtures/unlabelled.txt"
BOTH = {"labelled": FIXTURE, "unlabelled": [TEXT, FIXTURE]}


def read(path=FIXTURE, **options):
    return list(DatasetReader.from_params(Params({"type": "skd_dependencies", **options})).read(path))


def find(instances, name):
    return next(i for i in instances if f"# sent_id = {name}" in i["metadata"]["conllu"])


def write(tmp_path, *lines: str) -> str:
    path = tmp_path / "f.conllu"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_a_tree():
    instance = find(read(), "question")
    assert set(instance.fields) == {"tokens", "metadata", "heads", "relations"}
    assert instance["heads"].labels == [2, 0, 2, 2]
    assert instance["relations"].labels == ["nsubj", "root", "obj", "punct"]
    assert [token.pos_ for token in instance["tokens"]] == ["PRON", "VERB", "PRON", "PUNCT"]


def test_multiword_tokens_and_empty_nodes_are_no_words():
    instances = read()
    assert len(instances) == 10
    assert find(instances, "multiword")["heads"].labels == [4, 4, 4, 0, 7, 7, 4, 4]
    assert find(instances, "empty-node")["heads"].labels == [2, 0, 2, 5, 2, 5, 2]


def test_the_metadata_is_that_of_the_conllu_reader_and_where_it_stands():
    for instance, conllu_instance in zip(read(), Conllu(tags="NE").read(FIXTURE), strict=True):
        metadata = instance["metadata"].metadata
        path, lines = metadata["path"], metadata["lines"]
        assert {**metadata, "tags": conllu_instance["tags"].labels} == conllu_instance["metadata"].metadata
        with open(path) as file:
            assert file.read().splitlines()[lines[0] - 1].split("\t")[1] == metadata["words"][0]


@pytest.mark.parametrize("path", [FIXTURE, TEXT])
def test_without_gold(path):
    for instance in read({"unlabelled": path}, encoding="relative_pos"):
        unknown = [-1] * len(instance["metadata"]["words"])
        assert instance["heads"].labels == instance["relations"].labels == unknown
        assert instance["arc_labels"].metadata == []
        assert [token.pos_ for token in instance["tokens"]] == instance["metadata"].get("upos", [None] * len(unknown))
        assert instance["metadata"]["path"] == path


def test_withheld_trees_need_not_be_trees(tmp_path):
    (instance,) = read({"unlabelled": write(tmp_path, row(1, "_"), row(2, "9", deprel="det"))})
    assert instance["heads"].labels == [-1, -1]


@pytest.mark.parametrize("upos", [None, ["PROPN", "PUNCT"]])
def test_prediction_has_no_tree(upos):
    instance = Dependencies(encoding="relative_pos").text_to_instance(["Oslo", "!"], upos)
    assert set(instance.fields) == {"tokens", "metadata"}
    assert [token.pos_ for token in instance["tokens"]] == (upos or [None, None])
    assert instance["metadata"].get("upos") == upos


def test_both_kinds_in_one_batch():
    indexers = {"tokens": SingleIdTokenIndexer(feature_name="pos_", namespace="upos_tags", default_value="X")}
    loader = MultiProcessDataLoader(
        Dependencies(token_indexers=indexers, encoding="relative_offset"), BOTH, batch_size=32
    )
    vocabulary = Vocabulary.from_instances(loader.iter_instances())
    loader.index_with(vocabulary)
    (batch,) = loader
    unlabelled = (batch["heads"] == -1).any(dim=1)
    assert unlabelled.sum() == 22 and torch.equal(unlabelled, (batch["relations"] == -1).any(dim=1))
    (row,) = (i for i, data in enumerate(batch["metadata"]) if data["words"] == ["Yes"] and batch["heads"][i, 0] == 0)
    names = vocabulary.get_index_to_token_vocabulary("relation_labels")
    assert names[int(batch["relations"][row, 0])] == "root"
    assert batch["heads"][row, 1:].sum() == 0
    assert vocabulary.get_token_from_index(int(batch["tokens"]["tokens"]["tokens"][row, 0]), "upos_tags") == "INTJ"


@pytest.mark.parametrize("workers", [1, 2])
def test_instances_come_whole_from_other_processes(workers):
    reader = Dependencies(encoding="relative_offset")
    loader = MultiProcessDataLoader(reader, BOTH, batch_size=4, num_workers=workers, max_instances_in_memory=8)
    loader.index_with(Vocabulary.from_instances(reader.read(BOTH)))
    batches = list(loader)
    assert sum(len(batch["metadata"]) for batch in batches) == 32
    assert sum(bool(labels) for batch in batches for labels in batch["arc_labels"]) == 10


@pytest.mark.parametrize("name, label", [("relative_offset", "+1@nsubj"), ("relative_pos", "+1,VERB@nsubj")])
def test_the_vocabulary_counts_arc_labels(name, label):
    instances = read(encoding=name, arc_label_namespace="my_labels")
    assert find(instances, "question")["arc_labels"].metadata[0] == label
    vocabulary = Vocabulary.from_instances(instances)
    assert label in vocabulary.get_token_to_index_vocabulary("my_labels")
    assert "nsubj" in vocabulary.get_token_to_index_vocabulary("relation_labels")


def test_a_tree_that_the_encoding_cannot_write(tmp_path):
    path = write(tmp_path, "# c", row(1, deprel="root", upos="X"), row(2, "1", deprel="det"))
    message = (
        r"f\.conllu:2: found a tree without arc labels in the encoding relative_pos, expected one label per word\. .*"
    )
    with pytest.raises(ConfigurationError, match=message + "word 2.*choose the encoding relative_offset"):
        read(path, encoding="relative_pos")
    assert len(read(path, encoding="relative_offset")) == 1


def test_another_treebank(tmp_path):
    vocabulary = Vocabulary.from_instances(read())
    path = write(tmp_path, row(1, deprel="root"), row(2, "1", deprel="strange"))
    (instance,) = read(path)
    with pytest.raises(
        ConfigurationError, match=r"f\.conllu:2: found the relation 'strange', expected one .*: .*nsubj"
    ):
        instance.index_fields(vocabulary)
    (instance,) = read(path, on_unknown_label="accept")
    instance.index_fields(vocabulary)
    tensors = instance.as_tensor_dict()
    root = vocabulary.get_token_index("root", "relation_labels")
    assert tensors["relations"].tolist() == [root, -2] and tensors["heads"].tolist() == [0, 1]


def test_the_earlier_name_of_an_option(tmp_path):
    path = write(tmp_path, row(1, deprel="strange"))
    with pytest.warns(DeprecationWarning, match="`on_unknown_relation` is now called `on_unknown_label`"):
        (instance,) = read(path, on_unknown_relation="accept")
    instance.index_fields(Vocabulary())
    assert instance.as_tensor_dict()["relations"].tolist() == [-2]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"encoding": "offset"}, "`encoding` is unknown.*'offset', expected one of: relative_offset, relative_pos"),
        ({"max_words": 0}, "`max_words` is 0, expected at least 1"),
        ({"on_bad_tree": "repair"}, "`on_bad_tree` is 'repair', expected 'error' or 'skip'"),
        ({"on_unknown_label": "skip"}, "`on_unknown_label` is 'skip', expected 'error' or 'accept'"),
    ],
)
def test_options(options, message):
    with pytest.raises(ConfigurationError, match=message):
        read(**options)
