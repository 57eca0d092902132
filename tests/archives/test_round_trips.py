"""AllenNLP's loader and ours give the same model, from an archive, a run's directory, or a single file."""

import shutil

import pytest
import torch
from allennlp.data import Batch
from allennlp.models.archival import load_archive

from skd_plugin.archives import build, from_bytes, load, read, read_file, to_bytes, write

SENTENCES = [["Anna", "moved", "to", "Oslo", "."], ["unheard"]]


def factorized(model, reader):
    instances = [reader.text_to_instance(words) for words in SENTENCES]
    for instance in instances:
        reader.apply_token_indexers(instance)
    batch = Batch(instances)
    batch.index_instances(model.vocab)
    with torch.no_grad():
        return model.factorize(**batch.as_tensor_dict())


def assert_same(ours, theirs):
    assert type(ours) is type(theirs) and ours.labels == theirs.labels
    for name in [*theirs.sentence_potentials, *theirs.shared_potentials]:
        one, other = getattr(ours, name), getattr(theirs, name)
        assert one is other is None or torch.equal(one, other), name


@pytest.mark.parametrize("kind", ["tagger", "parser", "transformer_tagger"])
def test_every_way_gives_the_same_model(request, kind, tmp_path):
    path = request.getfixturevalue(kind)
    theirs = load_archive(path)
    expected = factorized(theirs.model.eval(), theirs.validation_dataset_reader)
    saved = read(path)
    write(saved, tmp_path / "model.safetensors")
    run = shutil.copytree(path.parent, tmp_path / "run")
    assert not (run / "weights.th").exists() and (run / "best.th").exists()
    unpacked = tmp_path / "unpacked"
    shutil.unpack_archive(path, unpacked)
    for loaded in (
        load(path),
        load(run),
        load(unpacked),
        build(saved),
        build(saved),
        build(from_bytes(to_bytes(saved))),
        build(read_file(tmp_path / "model.safetensors")),
    ):
        assert_same(factorized(*loaded), expected)


def test_the_model_is_frozen_and_does_not_drop_out(tagger):
    model = load(tagger).model
    assert not any(module.training for module in model.modules())
    assert not any(weights.requires_grad for weights in model.parameters())


def test_the_reader_is_that_of_the_validation_data(archive):
    archive.put("dataset_reader", {"type": "skd_conllu"})
    archive.put("validation_dataset_reader", {"type": "skd_conll_ner", "tag_column": 2})
    assert load(archive.packed()).reader._tag_column == 2


def test_a_vocabulary_of_other_tokens_for_padding_and_unknown(archive):
    archive.files["vocabulary/tokens.txt"] = archive.files["vocabulary/tokens.txt"].replace(b"@@UNKNOWN@@", b"other")
    archive.put("vocabulary", {"oov_token": "other", "min_count": {"tokens": 2}})
    ours, theirs = load(archive.packed()).model.vocab, load_archive(archive.packed()).model.vocab
    assert ours._token_to_index["tokens"] == theirs._token_to_index["tokens"]
    assert ours.get_token_index("unheard") == theirs.get_token_index("unheard") == 1


def test_only_what_is_needed_is_kept(archive):
    embedding = "model.text_field_embedder.token_embedders.tokens.pretrained_file"
    archive.put(embedding, "no/such/file.txt")
    archive.put(
        "model.initializer", {"regexes": [["x", {"type": "pretrained", "weights_file_path": "no/such/file.th"}]]}
    )
    archive.put("vocabulary", {"type": "extend", "directory": "no/such/folder"})
    saved = read(archive.packed())
    assert set(saved.config) == {"dataset_reader", "model", "vocabulary"}
    assert "no/such" not in str(saved.config)
    assert set(saved.vocabulary) == {"labels.txt", "tokens.txt", "non_padded_namespaces.txt"}
    assert_same(factorized(*build(saved)), factorized(*load(archive.packed())))
