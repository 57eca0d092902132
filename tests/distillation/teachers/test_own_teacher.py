"""The teacher of docs/teachers.md: what it takes is what it shows."""

import re
import sys

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation import Teacher, TeacherModel
from skd_plugin.distillation.annotation.annotate import Corpora, Workers, annotate
from skd_plugin.structures import MaxEnt
from tests import PROJECT_ROOT
from tests.distillation.runs import epochs, train
from tests.documents import blocks

GAZETTEER = "gazetteer"
MODULE = "my_teachers"


@pytest.fixture(scope="module")
def own_module(tmp_path_factory):
    """The example as a module, with which other processes can import it, too."""
    folder = tmp_path_factory.mktemp("own")
    [example] = blocks(PROJECT_ROOT / "docs/teachers.md", "py")
    (folder / f"{MODULE}.py").write_text(example)
    sys.path.insert(0, str(folder))
    __import__(MODULE)
    yield folder
    sys.path.remove(str(folder))
    sys.modules.pop(MODULE)
    TeacherModel._registry[TeacherModel].pop(GAZETTEER)


@pytest.fixture
def options(own_module, tmp_path):
    file = tmp_path / "names.txt"
    file.write_text("Anna PER\nOslo LOC\n")
    return {"type": GAZETTEER, "file": str(file), "certainty": 0.8}


def opened(options):
    teacher = Teacher.from_params(Params(dict(options)))
    teacher.open(torch.device("cpu"))
    return teacher


def test_it_is_not_long():
    [example] = blocks(PROJECT_ROOT / "docs/teachers.md", "py")
    body = re.split(r"^@TeacherModel.*\n", example, flags=re.M)[1]
    assert len([line for line in body.split("\n") if line.strip()]) <= 30


def test_it_teaches(options):
    found = opened(options)([("Anna", "moved"), ("Oslo",)])
    assert type(found) is MaxEnt and found.labels == ("O", "U-LOC", "U-PER")
    expected = torch.tensor([[0.1, 0.1, 0.8], [0.8, 0.1, 0.1]])
    torch.testing.assert_close(found.token_marginals[0], expected)
    torch.testing.assert_close(found.token_marginals[1], torch.tensor([[0.1, 0.8, 0.1], [0.0, 0.0, 0.0]]))


def test_its_store_is_its_own(options, tmp_path):
    stored = {**options, "store": str(tmp_path / "store")}
    opened(stored).study(lambda: [("Anna", "moved")])
    assert opened(stored)([("Anna", "moved")]).labels == ("O", "U-LOC", "U-PER")
    with pytest.raises(ConfigurationError, match="holds the potentials of another teacher"):
        opened({**stored, "certainty": 0.7})


def test_labels_have_the_students_names(options):
    found = opened({**options, "label_map": {"LOC": "GPE", "PER": None}})([("Anna", "Oslo")])
    assert found.labels == ("O", "U-GPE")
    torch.testing.assert_close(found.token_marginals[0], torch.tensor([[0.9, 0.1], [0.2, 0.8]]))


@pytest.mark.parametrize(
    "names, message",
    [
        ({"PERS": "P"}, "names 'PERS', which is none of its labels. Did you mean 'PER'. It has LOC, PER"),
        ({"disease": "D"}, "names 'disease', which is none of its labels. It has LOC, PER"),
        ({"LOC": None, "PER": None}, "takes all of its labels away: LOC, PER. Leave at least one"),
    ],
)
def test_maps_of_labels_that_cannot_be_meant(options, names, message):
    with pytest.raises(ConfigurationError, match=f"The `label_map` of teacher .*names.txt {message}"):
        opened({**options, "label_map": names})([("Anna",)])


def test_scores_that_are_not_finite(options):
    with pytest.raises(
        ConfigurationError, match="names.txt gives no distribution .* begins with 'Anna moved'. scores is"
    ):
        opened({**options, "certainty": 2.0})([("Anna", "moved")])


@pytest.mark.slow
def test_a_student_learns_from_it_alone_and_beside_an_archive(options, crf_teacher, tmp_path):
    """Both teachers know the types PER and LOC; the archive alone knows the others."""
    for number, teachers in enumerate([[options], [options, {"archive": str(crf_teacher), "weight": 3}]]):
        distiller = {"type": "skd_distiller", "teachers": teachers, "label_policy": "renormalize"}
        train("distilled", tmp_path / str(number), {"trainer.callbacks": [distiller], "trainer.num_epochs": 2})
        metrics = epochs(tmp_path / str(number))
        assert all(epoch["training_kd_kl"] > 0 for epoch in metrics)


@pytest.mark.slow
def test_processes_read_with_it(options, own_module, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(own_module))
    (tmp_path / "text.txt").write_text("Anna moved\nOslo\n")
    teacher = Teacher.from_params(Params(dict(options))).model
    corpora = Corpora([str(tmp_path / "text.txt")])
    annotated = annotate(teacher, corpora, tmp_path / "store", part_size=1, workers=Workers(2))
    assert annotated.num_read == 2 and not annotated.num_left
