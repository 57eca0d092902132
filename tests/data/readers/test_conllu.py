"""The reader `skd_conllu`."""

import pytest
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from skd_plugin.data import Conllu
from tests.data.files.conllu_lines import row

FIXTURE = "fixtures/trees.conllu"


def read(path=FIXTURE, **options):
    return list(DatasetReader.from_params(Params({"type": "skd_conllu", **options})).read(path))


def find(instances, name):
    return next(i for i in instances if f"# sent_id = {name}" in i["metadata"]["conllu"])


def test_entities_from_misc():
    instance = find(read(tags="NE"), "long-place")
    assert instance["metadata"]["words"] == ["New", "York", "City", "never", "sleeps", "."]
    assert instance["tags"].labels == ["B-LOC", "I-LOC", "L-LOC", "O", "O", "O"]


@pytest.mark.parametrize(
    "column, labels",
    [
        ("upos", ["PRON", "VERB", "PRON", "PUNCT"]),
        ("xpos", ["WP", "VBD", "DT", "."]),
        ("deprel", ["nsubj", "root", "obj", "punct"]),
    ],
)
def test_labels_from_a_column(column, labels):
    assert find(read(tags=column), "question")["tags"].labels == labels


def test_tree_in_the_metadata():
    metadata = find(read(tags="NE"), "empty-node")["metadata"]
    assert metadata["words"] == ["Omar", "likes", "Paris", "and", "Ruth", "Rome", "."]
    assert metadata["heads"] == [2, 0, 2, 5, 2, 5, 2]
    assert metadata["relations"] == ["nsubj", "root", "obj", "cc", "conj", "orphan", "punct"]
    assert metadata["upos"][3] == "CCONJ" and metadata["xpos"][3] == "CC" and metadata["feats"][3] is None


def test_the_file_can_be_written_back():
    written = "".join("\n".join(i["metadata"]["conllu"]) + "\n\n" for i in read(tags="NE"))
    with open(FIXTURE) as file:
        assert written == file.read()


def test_one_sentence_of_the_fixture_is_non_projective():
    def crosses(heads):
        arcs = [tuple(sorted((head, child))) for child, head in enumerate(heads, start=1)]
        return any(a < c < b < d for a, b in arcs for c, d in arcs)

    instances = read(tags="NE")
    crossing = [i for i in instances if crosses(i["metadata"]["heads"])]
    assert len(instances) == 10
    assert crossing == [find(instances, "non-projective")]


def test_withheld():
    instances = read({"unlabelled": FIXTURE}, tags="absent")
    assert set(instances[0]["tags"].labels) == {-1}
    assert instances[0]["metadata"]["heads"][0] == 3


def test_a_word_without_a_tag(tmp_path):
    path = tmp_path / "f.conllu"
    path.write_text(row(1, misc="NE=O") + "\n" + row(2, "1", misc="SpaceAfter=No") + "\n")
    with pytest.raises(ConfigurationError, match=r'f\.conllu:2: found a word without NE=… in MISC.*under "unlabelled"'):
        read(str(path), tags="NE")
    with pytest.raises(ConfigurationError, match=r"f\.conllu:1: found a word without the column xpos"):
        read(str(path), tags="xpos")


def test_a_key_that_stands_twice(tmp_path):
    path = tmp_path / "f.conllu"
    path.write_text(row(1, misc="NE=O") + "\n" + row(2, "1", misc="NE=B-PER|A=1|NE=O") + "\n")
    message = r"f\.conllu:2: found NE=… 2 times in MISC \('B-PER', 'O'\), expected it once on every word\. Delete"
    with pytest.raises(ConfigurationError, match=message):
        read(str(path), tags="NE")
    assert [i["metadata"]["words"] for i in read({"unlabelled": str(path)}, tags="NE")] == [["w", "w"]]


def test_spaces_around_a_tag_make_no_other_type(tmp_path):
    path = tmp_path / "f.conllu"
    path.write_text(row(1, misc="NE=B-PER ") + "\n" + row(2, "1", misc="NE=I-PER | SpaceAfter=No") + "\n")
    (instance,) = read(str(path), tags="NE")
    assert instance["tags"].labels == ["B-PER", "L-PER"]


def test_no_labels_in_that_column():
    with pytest.raises(ConfigurationError, match="`tags` is 'head', expected one of upos, xpos, deprel or a key"):
        Conllu(tags="head")
