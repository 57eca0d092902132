"""A trained model is trained further (`from_archive`): it keeps what it knows, learns new labels, and stands alone."""

import json
import shutil
import tarfile
from pathlib import Path
from typing import Any, Dict

import pytest
import torch
from allennlp.commands.train import train_model
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.models import Model
from allennlp.models.archival import load_archive

from skd_plugin.archives import NotLoadable, load
from skd_plugin.commands.export import export
from skd_plugin.models.continuing import extended
from tests.distillation.runs import params
from tests.recipes import BRIEFLY, ENTITIES, RECIPES, TREES
from tests.teachers import loaded

pytestmark = pytest.mark.slow

KINDS = ["ner", "crf", "span", "parser", "biaffine", "second_order"]
# Labels that sort before those of the fixtures.
NEW = {
    ENTITIES: "Anna\tB-AGE\nmoved\tI-AGE\nto\tI-AGE\nZweibrücken\tB-AGE\n",
    TREES: "1\tAnna\t_\tADX\tAA\t_\t3\tabc\t_\t_\n2\tmoved\t_\tADX\tAA\t_\t1\tabc\t_\t_\n"
    "3\tZweibrücken\t_\tADX\tAA\t_\t0\troot\t_\t_\n",
}


def continued(archive: Path, kind: str, folder: Path, **changes: Any) -> Path:
    """The archive of a run that continues the model on a sentence with new labels and a new word."""
    recipe = RECIPES[kind]
    data = folder / "new.conllu"
    data.write_text(NEW[recipe.learns or TREES], encoding="utf-8")
    reader = {name: value for name, value in recipe.overrides.items() if name.startswith("dataset_reader")}
    config = params(recipe.config, {**BRIEFLY, **reader, "train_data_path": str(data)}).as_dict()
    config |= {"model": {"type": "from_archive", "archive_file": str(archive)}, "validation_data_path": str(data)}
    config |= changes
    train_model(Params(config), folder / "run")
    return folder / "run" / "model.tar.gz"


def labels(vocab: Vocabulary) -> Dict[str, Dict[str, int]]:
    return {
        name: dict(vocab.get_token_to_index_vocabulary(name))
        for name in vocab.get_namespaces()
        if not vocab.is_padded(name)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_learns_new_labels_and_its_archive_stands_alone(trained, kind, tmp_path):
    first = shutil.copy(trained(kind), tmp_path / "first.tar.gz")
    archive = continued(first, kind, tmp_path, vocabulary={"type": "extend", "directory": str(first)})
    Path(first).unlink()
    old, new = load(trained(kind)).model, load(archive).model
    assert set(old.labels) < set(new.labels)
    for namespace, known in labels(old.vocab).items():
        assert known.items() < labels(new.vocab)[namespace].items(), "behind the old ones"
    theirs = load_archive(archive).model.state_dict()
    assert all(torch.equal(value, theirs[name]) for name, value in new.state_dict().items())
    loaded(archive).read([("Anna", "moved")])


def test_what_the_model_knows_is_kept(trained, tmp_path):
    """Without a step of training it scores the old labels as before."""
    frozen = {"optimizer": {"type": "sgd", "lr": 0.0}, "num_epochs": 1, "cuda_device": -1}
    for kind in ("crf", "span", "biaffine"):
        folder = tmp_path / kind
        folder.mkdir()
        archive = continued(trained(kind), kind, folder, trainer=frozen)
        (ours,), (theirs,) = (loaded(path).read([("Anna", "moved", "to", "Oslo")]) for path in (archive, trained(kind)))
        for name in [*theirs.sentence_potentials, *theirs.shared_potentials]:
            known = getattr(theirs, name)
            if known is not None:
                assert torch.equal(getattr(ours, name)[tuple(map(slice, known.shape))], known), (kind, name)


def test_the_vocabulary_that_is_saved_is_the_models(trained, tmp_path):
    """Also where the config does not extend the first one, so that the new data's vocabulary has another order."""
    archive = continued(trained("crf"), "crf", tmp_path)
    loaded = load(archive).model
    old = labels(load(trained("crf")).model.vocab)["labels"]
    assert list(labels(loaded.vocab)["labels"])[: len(old)] == list(old)
    assert len(loaded.labels) == len(loaded.transitions) > len(old)


def test_a_continued_model_is_exported_and_continued_again(trained, tmp_path):
    folders = [tmp_path / name for name in ("once", "twice")]
    archive = trained("ner")
    for folder in folders:
        folder.mkdir()
        archive = continued(archive, "ner", folder)
    shutil.rmtree(folders[0])
    assert "skd_ner" in export([archive], tmp_path / "pipeline", "en").pipe_names
    with tarfile.open(archive) as files:
        config = json.load(files.extractfile("config.json"))
        names = files.getnames()
    assert config["model"]["type"] == "skd_maxent_tagger" and "meta.json" in names
    assert json.loads((archive.parent / "config.json").read_text())["model"]["type"] == "from_archive"


def test_the_folder_of_its_run_can_be_read_too(trained, tmp_path):
    archive = continued(trained("ner"), "ner", tmp_path)
    assert load(archive.parent).model.labels == load(archive).model.labels


def test_it_is_resumed(trained, tmp_path):
    archive = continued(trained("ner"), "ner", tmp_path)
    before = archive.stat().st_mtime_ns
    config = Params.from_file(archive.parent / "config.json")
    train_model(config, archive.parent, recover=True)
    assert archive.stat().st_mtime_ns > before


def test_a_first_archive_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ConfigurationError, match="continues the one in .*missing.tar.gz, which cannot be read"):
        continued(tmp_path / "missing.tar.gz", "ner", tmp_path)
    assert not (tmp_path / "run").exists()


def test_an_archive_that_needs_another_one_is_refused_with_the_remedy(trained, tmp_path):
    archive = continued(trained("ner"), "ner", tmp_path)
    run = archive.parent
    (run / "standalone_config.json").unlink()
    with pytest.raises(NotLoadable, match="continues the model of another archive.*allennlp train CONFIG -s RUN -r"):
        load(run)


def test_a_scorer_of_one_relation_becomes_one_of_several(tmp_path):
    one, two = (Vocabulary(non_padded_namespaces=["*labels"]) for _ in range(2))
    for vocab, names in ((one, ["root"]), (two, ["root", "abc"])):
        vocab.add_tokens_to_namespace(names, "relation_labels")
        vocab.add_tokens_to_namespace(["Anna"], "tokens")
    section = params("parser", {}).as_dict()["model"]
    model = Model.from_params(Params(section), vocab=one)
    model.vocab.extend_from_vocab(two)
    new = extended(model, params("parser", {}).as_dict()["model"])
    assert new.labels == ("root", "abc")
    assert torch.equal(new.relations._scores._weight_matrix[0], model.relations._scores._weight_matrix)
