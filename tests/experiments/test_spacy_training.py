"""spaCy's pipelines get the students' vectors, and are scored as our models are. None is trained."""

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc
from spacy.vocab import Vocab

from experiments.spacy_training import entity_scores, tree_scores, write_vectors

WORDS = ["Anna", "Berg", "sleeps", "."]


def doc(**annotation):
    return Doc(Vocab(), words=WORDS, **annotation)


def test_entities():
    predicted = [doc(ents=["B-PER", "I-PER", "O", "O"]), doc(ents=["B-PER", "I-PER", "O", "B-LOC"])]
    gold = [{"tags": ["B-PER", "L-PER", "O", "O"]}, {"tags": ["U-PER", "O", "O", "U-LOC"]}]
    scores = entity_scores(predicted, gold)
    assert [scores[f"{name}-overall"] for name in ("precision", "recall", "f1-measure")] == pytest.approx([2 / 3] * 3)


def test_trees():
    relations = ["compound", "nsubj", "ROOT", "punct"]
    predicted = [doc(heads=[1, 2, 2, 2], deps=relations), doc(heads=[2, 2, 2, 1], deps=relations)]
    tree = {"words": WORDS, "heads": [2, 3, 0, 3], "relations": ["compound", "nsubj:pass", "root", "obj"]}
    scores = tree_scores(predicted, [tree, tree])
    assert scores["UAS"] == 6 / 8
    assert scores["LAS"] == 5 / 8  # subtypes do not count
    assert scores["LAS_subtypes"] == 3 / 8
    assert scores["LAS_no_punctuation"] == 5 / 6


def test_vectors(tmp_path):
    (tmp_path / "vectors.txt").write_text("anna 1 2\nsleeps 3 4\n")
    write_vectors(str(tmp_path / "vectors.txt"), {*WORDS}, tmp_path / "blank")
    vocab = spacy.load(tmp_path / "blank").vocab
    assert {word for word in WORDS if vocab.has_vector(word)} == {"Anna", "sleeps"}
    scale = np.sqrt(np.mean(np.square([1, 2, 3, 4])))
    np.testing.assert_allclose(vocab.get_vector("Anna") * scale, [1, 2], atol=0.02)
