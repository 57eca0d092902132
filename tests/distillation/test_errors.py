"""Mistakes in a configuration are reported by `allennlp train` before the teacher reads the corpus."""

import sys

import pytest
from allennlp.commands import main
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from skd_plugin.data import ConllNer
from skd_plugin.distillation import Teacher
from tests.distillation.runs import CONFIGS, taught_by, train

pytestmark = pytest.mark.slow

PARTS_OF_SPEECH = {
    "train_data_path": {"labelled": "fixtures/trees.conllu"},
    "validation_data_path": "fixtures/trees.conllu",
    "dataset_reader.type": "skd_conllu",
    "dataset_reader.tags": "upos",
}


@pytest.fixture(autouse=True)
def _no_teacher_may_read_the_corpus(monkeypatch):
    def study(*args, **kwargs):
        pytest.fail("the teacher reads the corpus before the mistake is found")

    monkeypatch.setattr(Teacher, "study", study)


@DatasetReader.register("without_words")
class WithoutWords(ConllNer):
    """Instances with metadata that lack the words."""

    def _instance(self, words, tags, extras):
        instance = super()._instance(words, tags, extras)
        del instance.fields["metadata"].metadata["words"]
        return instance


def refused(directory, overrides, message, config="distilled"):
    with pytest.raises(ConfigurationError, match=message):
        train(config, directory, overrides)


@pytest.mark.parametrize(
    "distiller, message",
    [
        ({"interpolation": 1.5}, "interpolation λ is 1.5, expected a number from 0 .gold alone. to 1 .teacher alone"),
        (
            {"interpolation": {"type": "stepwise", "values": [1.0, 1.5, 0.0], "at": [0.3, 0.6]}},
            "interpolation λ is 1.5, expected",
        ),
        ({"temperature": {"type": "linear", "start": 4.0}}, "temperature is 0.0, expected a number from 0.01 to 1000"),
        ({"label_policy": "ignore"}, "`label_policy` of Distiller is 'ignore', expected 'error' or 'renormalize'"),
    ],
)
def test_parameters_out_of_range(crf_teacher, tmp_path, distiller, message):
    refused(tmp_path, taught_by(crf_teacher, **distiller), message)


def test_no_teacher(tmp_path):
    refused(tmp_path, taught_by(), "`teachers` is empty; give at least one teacher")


def test_a_teacher_that_is_not_there(tmp_path):
    refused(tmp_path, {}, "no teacher archive at no/model.tar.gz. Train the teacher first .* -s no.*model.tar.gz")


def test_a_second_teacher_that_is_broken(crf_teacher, tmp_path):
    broken = tmp_path / "model.tar.gz"
    broken.write_bytes(crf_teacher.read_bytes()[:2000])
    refused(
        tmp_path / "run", taught_by(crf_teacher, broken), "teacher archive is not loaded. .*model.tar.gz cannot be read"
    )


def test_a_student_that_cannot_be_taught(crf_teacher, tmp_path):
    overrides = taught_by(crf_teacher)
    refused(tmp_path, overrides, "student is a SimpleTagger.*cannot be taught by skd_distiller", "simple_tagger")


def test_instances_without_words(crf_teacher, tmp_path):
    overrides = {**taught_by(crf_teacher), "dataset_reader.type": "without_words"}
    refused(tmp_path, overrides, "no words in a field `metadata`.*Use a reader of this plugin")


@pytest.mark.parametrize("policy", ["error", "renormalize"])
def test_labels_that_have_nothing_in_common(crf_teacher, tmp_path, policy):
    overrides = {**taught_by(crf_teacher, label_policy=policy), **PARTS_OF_SPEECH}
    message = "Teacher and student have no label in common. Teacher: .*I-ORG.*Student: .*aligned by their names"
    refused(tmp_path, overrides, message)


def test_the_command_reports_it(tmp_path, monkeypatch):
    config, directory = str(CONFIGS / "distilled.jsonnet"), str(tmp_path / "run")
    monkeypatch.setattr(sys, "argv", ["allennlp", "train", config, "-s", directory])
    with pytest.raises(ConfigurationError, match="no teacher archive at no/model.tar.gz"):
        main()
