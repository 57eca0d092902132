"""All systems of all tasks have what they name, and a configuration."""

import json

import _jsonnet
import pytest
from allennlp.common import Params
from allennlp.training import TrainerCallback

import skd_plugin.plugin  # noqa: F401
from experiments import corpora, runs
from experiments.runs import Run, spread
from experiments.systems import FORMS
from experiments.tasks import TASKS
from tests import PROJECT_ROOT
from tests.distillation.teachers.models.pipelines import saved

SENTENCES = 100
CONFIG = str(PROJECT_ROOT / "experiments" / "system.jsonnet")
# Of the other systems only numbers differ.
CONFIGURED = {
    "ewt_entities": "objectives",
    "ewt_trees": "cases",
    "wnut_entities": "headline",
    "lassy_trees": "headline",
}


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    """No corpus is read: every file has so many sentences. Every teacher is trained."""
    monkeypatch.setenv("TRANSFORMER", "a_transformer")
    monkeypatch.setattr(runs, "sentence_count", lambda path: SENTENCES)
    for module in (runs, corpora):
        monkeypatch.setattr(module, "RUNS", tmp_path)
    return tmp_path


def config(run):
    settings = {"SYSTEM": json.dumps(run.settings)}
    return json.loads(_jsonnet.evaluate_file(CONFIG, ext_vars=settings))


@pytest.mark.parametrize("name", TASKS)
def test_what_is_named_is_there(name):
    task = TASKS[name]
    corpus = task.teachers_corpus or task.corpus
    teachers = next(other.teachers for other in TASKS.values() if (other.corpus, other.kind) == (corpus, task.kind))
    assert all(student in task.students for table in task.tables.values() for student in table)
    for student in task.students.values():
        assert student.trainer or student.form in FORMS
        assert student.alone in task.students
        assert {teacher.rpartition("_")[0] for teacher in student.teachers} <= teachers.keys() | task.foreign.keys()
        assert bool(student.teachers) == bool(student.text)


@pytest.mark.parametrize("name", CONFIGURED)
def test_configurations(name, files):
    task = TASKS[name]
    for system in [*task.tables[CONFIGURED[name]], f"teachers/{next(iter(task.teachers))}"]:
        run = Run(task, system, 1)
        found = config(run)
        assert found["datasets_for_vocab_creation"] == ["train"]
        assert "validation_data_path" not in found and found["evaluate_on_test"]
        assert found["pytorch_seed"] == run.seed
        for path in run.teachers:
            path.mkdir(parents=True, exist_ok=True)
            (path / "model.tar.gz").touch()
        for callback in found["trainer"]["callbacks"]:
            assert [teacher["archive"] for teacher in callback["teachers"]] == [
                f"{path}/model.tar.gz" for path in run.teachers
            ]
            TrainerCallback.from_params(Params(callback), serialization_dir=str(files))


@pytest.mark.parametrize("name, component", [("ewt_entities", "ner"), ("ewt_trees", "parser")])
def test_a_pipeline_of_spacy_teaches(files, name, component):
    task = TASKS[name]
    run = Run(task, "taught_by_spacy", 3)
    pipeline = Run(task, "spacy", 1).folder / "model-best"
    assert any(f"{pipeline.parent}: the table `spacy`, with this seed" == line for line in run.missing())
    saved(pipeline, component)
    assert not any("the table" in line for line in run.missing())
    [callback] = config(run)["trainer"]["callbacks"]
    [teacher] = callback["teachers"]
    names = {"label_map": {"ROOT": "root"}} if name == "ewt_trees" else {}
    expected = {"type": "spacy", "pipeline": str(pipeline), "component": component, **names}
    assert teacher == {**expected, "store": f"{pipeline.parent}.store"}
    TrainerCallback.from_params(Params(callback), serialization_dir=str(files))


def test_systems_see_the_same_number_of_steps():
    task = TASKS["ewt_entities"]
    alone, taught = (Run(task, name, 1) for name in ("alone", "case_4"))
    for run, sentences in ((alone, SENTENCES), (taught, 2 * SENTENCES)):
        assert abs(run.settings["epochs"] * sentences / 32 - run.system.steps) <= sentences / 64


def test_a_parser_that_is_a_tagger_has_the_labels_of_its_teachers_trees(files):
    found = config(Run(TASKS["ewt_trees"], "case_1b", 1))
    labels = files / "ewt" / "trees" / "teachers" / "biaffine_1.unlabelled" / "arc_labels"
    assert found["vocabulary"] | {"type": "extend", "directory": str(labels)} == found["vocabulary"]
    assert found["dataset_reader"]["encoding"] == found["model"]["encoding"] == "relative_offset"
    assert found["trainer"]["callbacks"][0]["label_policy"] == "renormalize"


def test_what_is_missing_is_said(files, monkeypatch):
    monkeypatch.delenv("TRANSFORMER")
    task = TASKS["ewt_entities"]
    found = "\n".join(Run(task, "case_4", 1).missing())
    assert "vectors.safetensors: allennlp skd-vectors TRANSFORMER --output" in found
    assert f"{files}/ewt/corpus: python -m experiments.corpora" in found
    assert f"{files}/ewt/entities/teachers/independent_spans_1: the table `teachers`, with this seed" in found
    assert "the environment variable TRANSFORMER" in Run(task, "teachers/crf", 1).missing()[0]
    teacher = f"{files}/ewt/entities/teachers/independent_spans_1"
    command = f"{teacher}.vectors.safetensors: allennlp skd-vectors {teacher}/model.tar.gz --outputs --output {teacher}"
    assert command in Run(task, "alone_teacher_vectors", 1).missing()[0]


def test_the_vectors_of_a_teacher(files):
    run = Run(TASKS["ewt_entities"], "case_4_teacher_vectors", 1)
    assert run.settings["vectors"] == f"{run.teachers[0]}.vectors.safetensors"


def test_mean_and_spread():
    assert spread([1.0, 3.0]) == "2.0 ± 1.4"
    assert (spread([1.0]), spread([])) == ("1.0", "–")
