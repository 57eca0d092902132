"""A name in a config becomes a class only if it is registered, or defined in a module that the user trusts."""

import subprocess
import threading
from contextlib import suppress

import pytest
import torch
from allennlp.common import Registrable
from allennlp.common.checks import ConfigurationError
from allennlp.models.archival import load_archive
from allennlp.modules import Seq2SeqEncoder
from allennlp.nn import Activation

import tests.archives.custom_encoders  # noqa: F401  registers what is refused below
from skd_plugin.archives import NotLoadable, load
from skd_plugin.archives.screening.classes import Refusal, is_under, restrict_classes
from skd_plugin.distillation import ArchivedModel, Teacher
from tests.archives.custom_encoders import CustomLstm

PASS_THROUGH = "allennlp.modules.seq2seq_encoders.PassThroughEncoder"
PLACES = [
    "dataset_reader",
    "validation_dataset_reader",
    "dataset_reader.token_indexers.tokens",
    "model.text_field_embedder",
    "model.text_field_embedder.token_embedders.tokens",
    "model.encoder",
    "model.feedforward.activations",
    "model.regularizer",
]
MODULE = "tests.archives.custom_encoders"
REGISTERING = """
from allennlp.modules import Seq2SeqEncoder
from allennlp.modules.seq2seq_encoders import LstmSeq2SeqEncoder

Seq2SeqEncoder.register("{name}")(type("{name}", (LstmSeq2SeqEncoder,), {{"__module__": __name__}}))
"""
IMPORTED = "import pathlib\npathlib.Path({marker!r}).touch()\n"


def inside(place, section):
    return {"regexes": [["x", section]]} if place == "model.regularizer" else section


def refused(archive, message, trusted=()):
    with pytest.raises(NotLoadable, match=message):
        load(archive.packed(), trusted)
    assert not archive.marker.exists()


@pytest.mark.parametrize("kind", ["subprocess.check_call", "subprocess.Popen"])
@pytest.mark.parametrize("place", [*PLACES, "model"])
def test_a_call_in_place_of_a_class(archive, place, kind):
    archive.put(place, inside(place, archive.call(kind)))
    refused(archive, f"'{kind}', given as .*not a registered name but the path.*do not use this archive")


@pytest.mark.parametrize("place", PLACES)
def test_the_attack_is_real(archive, place):
    archive.put(place, inside(place, archive.call()))
    with suppress(Exception):  # a number is no model, but some of these even load
        load_archive(archive.packed())
    assert archive.marker.exists()


@pytest.mark.parametrize("place", [*PLACES, "model", "vocabulary"])
@pytest.mark.parametrize("plain", [True, False])
def test_nothing_is_imported(archive, place, plain, monkeypatch):
    (archive.folder / "strangers_module.py").write_text(IMPORTED.format(marker=str(archive.marker)))
    monkeypatch.syspath_prepend(archive.folder)
    path = "strangers_module.Encoder"
    archive.put(place, inside(place, path if plain else {"type": path}))
    refused(archive, "'strangers_module.Encoder', given as .*not a registered name")


@pytest.mark.parametrize("call", ["part", "encoders"])
def test_a_call_that_is_made_late_or_within_a_list(archive, call):
    late = {"type": "with_lazy_part", "part": archive.call()}
    archive.put("model.encoder", late if call == "part" else {"type": "compose", "encoders": [archive.call()]})
    refused(archive, "'subprocess.check_call', given as a Seq2SeqEncoder", trusted=["tests.archives"])


def test_the_class_of_a_module_that_nobody_named(archive):
    archive.put("model.encoder.type", "custom_lstm")
    refused(
        archive,
        "tampered.tar.gz is not loaded. The Seq2SeqEncoder 'custom_lstm' is tests.archives.custom_encoders.CustomLstm, "
        "and tests.archives.custom_encoders is not trusted.*SKD_TRUSTED_MODULES=tests.archives.custom_encoders",
    )


@pytest.mark.parametrize(
    ("place", "section", "message"),
    [
        (
            "model",
            {"type": "from_archive", "archive_file": "other.tar.gz"},
            "'from_archive': it continues the model of another",
        ),
        ("model.encoder", "no_such_encoder", "no_such_encoder not in acceptable choices for type.*train it again"),
        (
            "model.vocab",
            {"type": "from_files", "directory": "http://x.org/"},
            "Vocabulary 'from_files' reads other files",
        ),
        ("model.vocab", {"model_name": "bert"}, "Vocabulary 'from_instances' reads other files"),
        (
            "model.text_field_embedder.token_embedders.tokens",
            {"type": "elmo_token_embedder", "weight_file": "/etc/passwd", "options_file": "http://x.org/"},
            "TokenEmbedder 'elmo_token_embedder' reads weights from elsewhere.*the archive could name anything there",
        ),
    ],
)
def test_what_allennlp_registers_but_reads_more(archive, place, section, message):
    archive.put(place, section)
    refused(archive, message)


@pytest.mark.parametrize(
    ("place", "kind", "message"),
    [
        ("model", "basic_classifier", "Model is 'basic_classifier'.*expected one of this plugin: .*skd_crf_tagger"),
        ("model", "skd_crf_taggre", "Model is 'skd_crf_taggre', which is not registered; expected one of this plugin"),
        ("model", None, "Model is None, which is not registered; expected"),
        ("dataset_reader", "sequence_tagging", "DatasetReader is 'sequence_tagging', a .*expected .*skd_conllu"),
    ],
)
def test_a_model_of_other_software(archive, place, kind, message):
    archive.put(f"{place}.type", kind)
    refused(archive, f"tampered.tar.gz is not loaded. The type of its {message}")


def test_an_error_of_a_constructor_is_told(archive):
    archive.put("model.encoder.hidden_size", "wide")
    refused(archive, "tampered.tar.gz is not loaded. It cannot be built from its config .*hidden_size.*train it again")


def test_a_package_is_not_another_whose_name_it_begins():
    assert is_under("a.b", ["a"]) and is_under("a.b", ["a.b"])
    assert not is_under("a_b", ["a"]) and not is_under("a", ["a.b"])


def test_torchs_activations_are_allennlps():
    with restrict_classes(()):
        assert Activation.by_name("relu").__module__.startswith("torch.nn")
        with pytest.raises(Refusal):
            Activation.by_name("torch.nn.ReLU")


def test_nothing_of_it_is_seen_elsewhere(tagger):
    encoders = []
    with restrict_classes(()):
        with pytest.raises(Refusal):
            Seq2SeqEncoder.by_name(PASS_THROUGH)
        other = threading.Thread(target=lambda: encoders.append(Seq2SeqEncoder.by_name(PASS_THROUGH)))
        other.start()
        other.join()
    load(tagger)
    assert encoders == [Seq2SeqEncoder.by_name(PASS_THROUGH)]
    assert Registrable.by_name("subprocess.Popen") is subprocess.Popen
    assert Seq2SeqEncoder.by_name("custom_lstm") is tests.archives.custom_encoders.CustomLstm


@pytest.fixture
def custom(archive):
    archive.put("model.encoder.type", "custom_lstm")
    return archive.packed()


@pytest.mark.parametrize("trusted", [[MODULE], ["tests"]])
def test_a_trusted_module_named_in_the_call(custom, trusted):
    assert type(load(custom, trusted).model.encoder) is CustomLstm


@pytest.mark.parametrize("value", [MODULE, f" json , {MODULE},"])
def test_a_trusted_module_named_in_the_environment(custom, monkeypatch, value):
    monkeypatch.setenv("SKD_TRUSTED_MODULES", value)
    assert type(load(custom).model.encoder) is CustomLstm


@pytest.mark.parametrize("trusted", [[], ["json"], ["tests.archives.tampering"]])
def test_other_trusted_modules(custom, trusted):
    with pytest.raises(NotLoadable, match=f"{MODULE} is not trusted"):
        load(custom, trusted)


def test_the_path_of_a_trusted_class(archive):
    archive.put("model.encoder.type", f"{MODULE}.CustomLstm")
    assert type(load(archive.packed(), [MODULE]).model.encoder) is CustomLstm


@pytest.mark.parametrize("name", ["LstmSeq2SeqEncoder", "NotAnEncoder", "Lazy", "no_such_class", "__name__"])
def test_the_path_of_something_else_in_a_trusted_module(archive, name):
    archive.put("model.encoder.type", f"{MODULE}.{name}")
    message = f"'{MODULE}.{name}' is .*, expected a subclass of Seq2SeqEncoder that a trusted module defines"
    with pytest.raises(NotLoadable, match=message):
        load(archive.packed(), [MODULE])


def test_a_path_in_a_trusted_package_that_is_not_there(archive):
    archive.put("model.encoder.type", "tests.archives.os.system")
    with pytest.raises(NotLoadable, match="tests.archives.os is trusted but cannot be imported .*Correct its name"):
        load(archive.packed(), ["tests"])


def test_a_trusted_module_is_imported_first(archive, monkeypatch):
    (archive.folder / "late_encoders.py").write_text(REGISTERING.format(name="late_encoder"))
    monkeypatch.syspath_prepend(archive.folder)
    archive.put("model.encoder.type", "late_encoder")
    assert type(load(archive.packed(), ["late_encoders"]).model.encoder).__module__ == "late_encoders"


@pytest.mark.parametrize(
    ("content", "error"), [(None, "ModuleNotFoundError: No module"), ("1 / 0", "ZeroDivisionError: division by zero")]
)
def test_a_trusted_module_that_cannot_be_imported(archive, monkeypatch, content, error):
    if content is not None:
        (archive.folder / "broken_module.py").write_text(content)
    monkeypatch.syspath_prepend(archive.folder)
    with pytest.raises(NotLoadable, match=f"trusted module 'broken_module' cannot be imported .{error}.*PYTHONPATH"):
        load(archive.packed(), ["broken_module"])


def test_a_name_in_place_of_a_list_of_trusted_modules(archive):
    with pytest.raises(NotLoadable, match="trusted modules are 'tests', expected a list of names, such as .'tests'."):
        load(archive.packed(), "tests")


def test_a_teacher_names_trusted_modules(custom):
    with pytest.raises(ConfigurationError, match=f"The teacher archive is not loaded. .*{MODULE} is not trusted"):
        Teacher(ArchivedModel(str(custom)))([("Anna",)])
    taught = Teacher(ArchivedModel(str(custom), trusted_modules=[MODULE]))
    taught.open(torch.device("cpu"))
    assert taught([("Anna",)]).lengths.tolist() == [1]
