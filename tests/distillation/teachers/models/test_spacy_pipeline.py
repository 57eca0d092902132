"""A pipeline is found, known by its files, and read word by word as given; what it says is stored and renamed."""

import logging
import pickle
import shutil
import sys
from pathlib import Path

import pytest
import spacy
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation import SpacyPipeline, Teacher
from tests.distillation.runs import epochs, train
from tests.distillation.teachers.models.pipelines import SENTENCES, ruler, saved

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return saved(tmp_path_factory.mktemp("spacy") / "pipeline", "tok2vec", "tagger", "ner", "parser")


def teacher(folder: Path, component: str, **options) -> Teacher:
    made = Teacher.from_params(Params({"type": "spacy", "pipeline": str(folder), "component": component, **options}))
    made.open(CPU)
    return made


@pytest.mark.parametrize("component", ["tagger", "ner", "parser"])
def test_what_is_stored_is_what_was_read(folder, tmp_path, component, monkeypatch):
    store = str(tmp_path / "store")
    first = teacher(folder, component, store=store)
    first.study(lambda: iter(SENTENCES[:2]))
    second = teacher(folder, component, store=store, batch_size=1)
    second.study(lambda: iter(SENTENCES))
    monkeypatch.setattr(SpacyPipeline, "load", None)
    stored, computed = teacher(folder, component, store=store)(SENTENCES), teacher(folder, component)
    monkeypatch.undo()
    expected = computed(SENTENCES)
    assert type(stored) is type(expected) and stored.labels == expected.labels
    for name in (*expected.sentence_potentials, *expected.shared_potentials):
        one, other = getattr(stored, name), getattr(expected, name)
        assert one is other is None or torch.allclose(one, other, atol=1e-6)


def test_a_store_of_trees_has_no_table_of_relations_of_arcs(folder, tmp_path):
    long = [tuple(f"w{position}" for position in range(200))]
    taught = teacher(folder, "parser", store=str(tmp_path / "store"))
    taught.study(lambda: iter(long))
    size = sum(path.stat().st_size for path in (tmp_path / "store").rglob("*") if path.is_file())
    assert size < 2 * 4 * 200 * 201


def test_relations_and_types_are_renamed(folder, tmp_path):
    parser = teacher(folder, "parser", label_map={"ROOT": "root"})
    tree = parser(SENTENCES)
    assert "root" in tree.labels and "ROOT" not in tree.labels
    assert not tree.entropy.any()
    rules = teacher(ruler(tmp_path / "rules"), "entity_ruler", label_map={"PER": "person", "LOC": None})(SENTENCES)
    assert [rules.labels[label] for label in rules.argmax[2].tolist()][:5] == ["O", "O", "O", "O", "U-person"]
    assert not rules.entropy.any()


def test_words_stay_as_they_are(folder):
    """spaCy's tokenizer would split these."""
    words = ("don't", "U.S.-based", "a b", "(", "…)")
    [f] = teacher(folder, "tagger")._loaded_model().read([words])
    assert f.lengths.tolist() == [5]


def test_reading_many_words_adds_none_to_the_vocabulary(folder):
    model = teacher(folder, "parser")._loaded_model()
    before = len(model._nlp.vocab.strings)
    model.read([("neverseen", "before")])
    assert len(model._nlp.vocab.strings) == before


def test_the_fingerprint_is_of_files_component_and_version(folder, tmp_path, monkeypatch):
    copy = shutil.copytree(folder, tmp_path / "copy")
    model = SpacyPipeline(str(copy), "ner")
    original = model.fingerprint()
    assert SpacyPipeline(str(folder), "ner").fingerprint() == original
    assert SpacyPipeline(str(copy), "tagger").fingerprint() != original
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "module.pyc").write_bytes(b"any")
    assert model.fingerprint() == original
    with monkeypatch.context() as patch:
        patch.setattr(spacy, "__version__", "3.99.1")
        assert model.fingerprint() != original
    (copy / "vocab" / "strings.json").rename(copy / "vocab" / "other.json")
    assert model.fingerprint() != original


def test_one_that_is_given_can_be_sent_to_another_process(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(folder.parent)
    model = SpacyPipeline(folder.name, "ner")
    monkeypatch.chdir(tmp_path)
    sent = pickle.loads(pickle.dumps(model))
    assert sent.fingerprint() == model.fingerprint() and sent.name == "pipeline (ner)"
    sent.load(CPU)


def test_that_a_component_has_no_distribution_is_said_once(folder, caplog):
    model = SpacyPipeline(str(folder), "parser")
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            model.load(CPU)
    [record] = [record for record in caplog.records if "no distribution" in record.getMessage()]
    assert "learns what top_1 learns, and kd_teacher_entropy is 0" in record.getMessage()


def test_an_installed_package(folder, tmp_path, monkeypatch):
    package = tmp_path / "xx_tiny"
    package.mkdir()
    (package / "meta.json").write_text('{"lang": "xx", "name": "tiny", "version": "1.0.0"}')
    shutil.copytree(folder, package / "xx_tiny-1.0.0")
    (package / "__init__.py").write_text(
        "from spacy.util import load_model_from_init_py\n\n\n"
        "def load(**overrides):\n    return load_model_from_init_py(__file__, **overrides)\n"
    )
    info = tmp_path / "xx_tiny-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: xx_tiny\nVersion: 1.0.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "xx_tiny", raising=False)
    model = SpacyPipeline("xx_tiny", "ner")
    before = model.fingerprint()
    model.load(CPU)
    assert model.fingerprint() == before
    [ours], [theirs] = model.read(SENTENCES[:1]), teacher(folder, "ner")._loaded_model().read(SENTENCES[:1])
    assert ours.choices.tolist() == theirs.choices.tolist()
    with pytest.raises(ConfigurationError, match="xx_tiny .senter.* has no component 'senter', expected .*ner .ner"):
        SpacyPipeline("xx_tiny", "senter")


def test_a_pipeline_that_is_gone(folder, tmp_path):
    model = SpacyPipeline(str(shutil.copytree(folder, tmp_path / "copy")), "ner")
    shutil.rmtree(tmp_path / "copy")
    with pytest.raises(ConfigurationError, match="copy cannot be read .*config.cfg.* Give the folder of one that can"):
        model.fingerprint()


def test_a_component_that_is_disabled_in_its_pipeline(folder, tmp_path):
    nlp = spacy.load(folder, disable=["ner", "tagger"])
    nlp.to_disk(tmp_path / "pipeline")
    assert spacy.load(tmp_path / "pipeline").pipe_names == ["tok2vec", "parser"]
    [ours], [theirs] = (
        teacher(of, "ner")._loaded_model().read(SENTENCES[:1]) for of in (tmp_path / "pipeline", folder)
    )
    assert ours.choices.tolist() == theirs.choices.tolist()


def test_no_such_pipeline(folder):
    with pytest.raises(ConfigurationError, match="no spaCy pipeline 'en_core_web_xx': it is neither a folder with a "):
        SpacyPipeline("en_core_web_xx", "ner")
    with pytest.raises(ConfigurationError, match="no spaCy pipeline ''"):
        SpacyPipeline("", "ner")
    above = folder.parent
    with pytest.raises(ConfigurationError, match=f"nor an installed package of a pipeline. There is {folder}. Give"):
        SpacyPipeline(str(above), "ner")


def test_no_such_component(folder):
    message = r"no component 'entities', expected .*: tok2vec \(tok2vec\), tagger \(tagger\), ner \(ner\), parser \(pa"
    with pytest.raises(ConfigurationError, match=message):
        SpacyPipeline(str(folder), "entities")


def with_option(folder: Path, before: str, after: str) -> Path:
    config = folder / "config.cfg"
    text = config.read_text()
    assert before in text
    config.write_text(text.replace(before, after))
    return folder


@pytest.mark.parametrize(
    "before, after, message",
    [
        ('lang = "en"', 'lang = "qq"', "cannot be loaded .*qq.* If its language or a component comes from another"),
        ('factory = "tagger"', 'factory = "curated_tagger"', "cannot be loaded .*curated_tagger.* install that"),
    ],
)
def test_what_is_needed_is_not_installed(folder, tmp_path, before, after, message):
    model = SpacyPipeline(str(with_option(shutil.copytree(folder, tmp_path / "copy"), before, after)), "ner")
    with pytest.raises(ConfigurationError, match=f"(?s){message}"):
        model.load(CPU)


@pytest.mark.parametrize("words", [(), ("Anna", ""), ("Anna", " \t"), ("\u00a0", "saw")])
def test_words_that_are_none(folder, words):
    with pytest.raises(ConfigurationError, match="cannot read the sentence .* none of which is empty or white space"):
        teacher(folder, "ner")._loaded_model().read([("Anna",), words])


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["structural", "top_1"])
def test_a_student_of_best_structures(tmp_path, objective):
    """The whole distribution is the best structure, so both objectives are the same."""
    taught = {"type": "spacy", "pipeline": str(ruler(tmp_path / "rules")), "component": "entity_ruler"}
    distiller = {"type": "skd_distiller", "teachers": [taught], "objective": objective, "label_policy": "renormalize"}
    train("distilled", tmp_path / "run", {"trainer.callbacks": [distiller], "trainer.num_epochs": 1})
    metrics = epochs(tmp_path / "run")[-1]
    assert metrics["training_kd_teacher_entropy"] == 0 < metrics["training_kd_kl"]
