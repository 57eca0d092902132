"""Sentences are indexed as the model's reader and AllenNLP's data loader index the sentences of a file."""

from pathlib import Path
from typing import Any

import pytest
import torch
from allennlp.data.data_loaders import SimpleDataLoader

from skd_plugin.archives import load
from skd_plugin.serving.model.indexing import Sentence, index_sentences

pytestmark = pytest.mark.slow

TREES, TEXT = "fixtures/trees.conllu", {"unlabelled": "fixtures/unlabelled.txt"}
READ: Any = {
    "words and characters": ("ner_archive", "fixtures/ner.conll"),
    "word pieces": ("transformer_archive", "fixtures/ner.conll"),
    "words of which tags are known": ("parser_archive", TREES),
    "words and tags": ("pos_parser_archive", TREES),
    "words without the tags that are read": ("pos_parser_archive", TEXT),
}


def assert_same(ours: Any, theirs: Any) -> None:
    assert {name: set(tensors) for name, tensors in ours.items()} == {name: set(of) for name, of in theirs.items()}
    for name, tensors in ours.items():
        for key, tensor in tensors.items():
            torch.testing.assert_close(tensor, theirs[name][key], rtol=0, atol=0, msg=f"{name}.{key} differs")


@pytest.mark.parametrize("read", sorted(READ))
@pytest.mark.parametrize("size", [1, 4])
def test_batches_are_those_of_the_data_loader(request: pytest.FixtureRequest, read: str, size: int):
    archive, path = READ[read]
    model, reader = load(request.getfixturevalue(archive))
    for batch in SimpleDataLoader(list(reader.read(path)), size, vocab=model.vocab):
        entries = [{key: of[key] for key in ("words", "upos") if key in of} for of in batch["metadata"]]
        inputs = index_sentences(
            [Sentence(of["words"], (of["upos"],) if "upos" in of else ()) for of in entries], reader, model.vocab
        )
        assert_same(inputs.tokens, batch["tokens"])
        assert inputs.metadata == entries


def test_a_word_without_a_tag_among_others_that_have_one(pos_parser_archive: Path):
    model, reader = load(pos_parser_archive)
    sentences = [Sentence(["Anna", "moved"], ([None, "VERB"],)), Sentence(["Anna", "moved"])]
    some, none = index_sentences(sentences, reader, model.vocab).tokens["upos"]["tokens"].tolist()
    assert some[0] == none[0] == none[1] == model.vocab.get_token_index("_", "upos") != some[1]
