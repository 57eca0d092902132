"""A module that the user names is imported, and its classes may be constructed."""

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.archives import NotLoadable, load
from skd_plugin.distillation import Teacher
from tests.archives.custom_encoders import CustomLstm

MODULE = "tests.archives.custom_encoders"
REGISTERING = """
from allennlp.modules import Seq2SeqEncoder
from allennlp.modules.seq2seq_encoders import LstmSeq2SeqEncoder

Seq2SeqEncoder.register("{name}")(type("{name}", (LstmSeq2SeqEncoder,), {{"__module__": __name__}}))
"""


@pytest.fixture
def custom(archive):
    archive.put("model.encoder.type", "custom_lstm")
    return archive.packed()


@pytest.mark.parametrize("trusted", [[MODULE], ["tests"]])
def test_named_in_the_call(custom, trusted):
    assert type(load(custom, trusted).model.encoder) is CustomLstm


@pytest.mark.parametrize("value", [MODULE, f" json , {MODULE},"])
def test_named_in_the_environment(custom, monkeypatch, value):
    monkeypatch.setenv("SKD_TRUSTED_MODULES", value)
    assert type(load(custom).model.encoder) is CustomLstm


@pytest.mark.parametrize("trusted", [[], ["json"], ["tests.archives.tampering"]])
def test_others_named(custom, trusted):
    with pytest.raises(NotLoadable, match=f"{MODULE} is not trusted"):
        load(custom, trusted)


def test_the_path_of_a_class(archive):
    archive.put("model.encoder.type", f"{MODULE}.CustomLstm")
    assert type(load(archive.packed(), [MODULE]).model.encoder) is CustomLstm


@pytest.mark.parametrize("name", ["LstmSeq2SeqEncoder", "NotAnEncoder", "Lazy", "no_such_class", "__name__"])
def test_the_path_of_something_else(archive, name):
    archive.put("model.encoder.type", f"{MODULE}.{name}")
    message = f"'{MODULE}.{name}' is .*, expected a subclass of Seq2SeqEncoder that a trusted module defines"
    with pytest.raises(NotLoadable, match=message):
        load(archive.packed(), [MODULE])


def test_a_path_in_a_trusted_package_that_is_not_there(archive):
    archive.put("model.encoder.type", "tests.archives.os.system")
    with pytest.raises(NotLoadable, match="tests.archives.os is trusted but cannot be imported .*Correct its name"):
        load(archive.packed(), ["tests"])


def test_it_is_imported_first(archive, monkeypatch):
    (archive.folder / "late_encoders.py").write_text(REGISTERING.format(name="late_encoder"))
    monkeypatch.syspath_prepend(archive.folder)
    archive.put("model.encoder.type", "late_encoder")
    assert type(load(archive.packed(), ["late_encoders"]).model.encoder).__module__ == "late_encoders"


@pytest.mark.parametrize(
    ("content", "error"), [(None, "ModuleNotFoundError: No module"), ("1 / 0", "ZeroDivisionError: division by zero")]
)
def test_a_module_that_cannot_be_imported(archive, monkeypatch, content, error):
    if content is not None:
        (archive.folder / "broken_module.py").write_text(content)
    monkeypatch.syspath_prepend(archive.folder)
    with pytest.raises(NotLoadable, match=f"trusted module 'broken_module' cannot be imported .{error}.*PYTHONPATH"):
        load(archive.packed(), ["broken_module"])


def test_a_name_in_place_of_a_list(archive):
    with pytest.raises(NotLoadable, match="trusted modules are 'tests', expected a list of names, such as .'tests'."):
        load(archive.packed(), "tests")


def test_a_teacher_names_them_too(custom):
    with pytest.raises(ConfigurationError, match=f"The teacher archive is not loaded. .*{MODULE} is not trusted"):
        Teacher(str(custom))([("Anna",)])
    taught = Teacher(str(custom), trusted_modules=[MODULE])
    assert taught([("Anna",)]).lengths.tolist() == [1]
