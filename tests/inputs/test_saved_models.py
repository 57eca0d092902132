"""A saved model embeds its words as before, without the file of its vectors, and can be continued."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.models import Model
from allennlp.models.archival import load_archive

from skd_plugin.archives import build, from_bytes, load, read, to_bytes
from skd_plugin.serving.model.student import Student
from skd_plugin.serving.model.word_table import WordTable
from tests import PROJECT_ROOT
from tests.distillation.runs import train
from tests.inputs import samples


@pytest.fixture(scope="module", params=["features", "pieces", "words"])
def saved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """A model, and its archive. The file of its vectors is gone."""
    folder = tmp_path_factory.mktemp("saved")
    reader, path = samples.reader(), None
    if request.param != "features":
        path = (samples.piece_file if request.param == "pieces" else samples.word_file)(folder)
    model = samples.model(samples.counted(reader, "O B-PER I-PER"), path)
    archive = samples.archive(model, folder / "run", path)
    if path is not None:
        Path(path).unlink()
    return model, archive


def assert_same_vectors(model, reader, expected) -> None:
    vectors = samples.embedded(model, reader, samples.SENTENCES)
    for one, other in zip(vectors, samples.embedded(expected, samples.reader(), samples.SENTENCES)):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_every_loader_gives_the_same_vectors(saved, tmp_path: Path):
    model, archive = saved
    allennlps = load_archive(archive)
    assert_same_vectors(allennlps.model.eval(), allennlps.validation_dataset_reader, model)
    for loaded in (load(archive), build(from_bytes(to_bytes(read(archive))))):
        assert_same_vectors(loaded.model, loaded.reader, model)


def test_a_continued_model_with_new_labels_and_words_knows_the_old_words(saved):
    model, archive = saved
    reader = samples.reader()
    instance = reader.text_to_instance(["Zweibrücken", "moved"], ["U-LOC", "O"])
    reader.apply_token_indexers(instance)
    continued = Model.from_archive(str(archive), Vocabulary.from_instances([instance])).eval()
    assert_same_vectors(continued, reader, model)
    # The BIOUL tags of the new type.
    assert continued.vocab.get_vocab_size("labels") == model.vocab.get_vocab_size("labels") + 4
    assert continued.vocab.get_token_index("zweibrücken", "words") > 1


def test_serving_computes_a_word_once_and_alike(saved):
    model, archive = saved
    student = Student(read(archive))
    table = student.model.text_field_embedder
    assert isinstance(table, WordTable)
    assert_same_vectors(build(student.saved).model, samples.reader(), model)


@pytest.mark.slow
def test_a_run_needs_its_file_and_its_archive_does_not(tmp_path: Path):
    path = samples.piece_file(tmp_path)

    def run(file: str, folder: Path) -> Model:
        embedder = {"type": "skd_word_features", "vectors": {"pretrained_file": file}}
        overrides = {
            "dataset_reader.token_indexers.tokens": {"type": "skd_word_features"},
            "model.text_field_embedder.token_embedders.tokens": embedder,
            "model.encoder.input_size": 96,
            "trainer.num_epochs": 1,
        }
        return train("tagger", folder, overrides)

    with pytest.raises(ConfigurationError, match=r"missing\.safetensors is not a file of static vectors"):
        run("missing.safetensors", tmp_path / "other")
    trained = run(path, tmp_path / "run")
    Path(path).unlink()
    loaded = load(tmp_path / "run" / "model.tar.gz")
    pairs = [samples.embedded(model, loaded.reader, samples.SENTENCES) for model in (loaded.model, trained.eval())]
    for one, other in zip(*pairs):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


@pytest.mark.slow
def test_serving_needs_neither_transformers_nor_the_archive_of_a_run(tmp_path: Path):
    path = samples.piece_file(tmp_path)
    model = samples.model(samples.counted(samples.reader()), path)
    pipeline, archive = tmp_path / "pipeline", samples.archive(model, tmp_path / "run", path)
    export = f"from skd_plugin.commands.export import export; from pathlib import Path; export([Path({str(archive)!r})]"
    code = (
        f"{export}, Path({str(pipeline)!r}), 'en'); import shutil, spacy, sys; shutil.rmtree({str(archive.parent)!r}); "
        f"doc = spacy.load({str(pipeline)!r})('Anna moved to Oslo'); assert len(doc) == 4; "
        "assert 'tokenizers' in sys.modules and 'transformers' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT_ROOT)
    shutil.rmtree(pipeline)
