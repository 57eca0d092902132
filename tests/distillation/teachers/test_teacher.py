"""A teacher reads each sentence once per run, and with a store once in all runs."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation import Teacher
from skd_plugin.distillation.teachers import teacher
from skd_plugin.distillation.teachers.model import TeacherModel
from tests.distillation.runs import assert_same_weights, taught_by, train, weights

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
SENTENCES = [("Anna", "Berg", "left"), ("Oslo",), ("unheard", "of"), ("Oslo",)]


@pytest.fixture
def readings(monkeypatch):
    """The batches of sentences that a teacher's model has read."""
    seen = []

    class Watched(TeacherModel):
        def factorize(self, sentences):
            seen.append(list(sentences))
            return super().factorize(sentences)

    monkeypatch.setattr(teacher, "TeacherModel", Watched)
    return seen


def test_each_sentence_is_read_once(crf_teacher, readings):
    taught = Teacher(str(crf_teacher), batch_size=2)
    taught.open(CPU)
    taught.study(SENTENCES)
    assert readings == [[SENTENCES[0], SENTENCES[2]], [SENTENCES[1]]]
    taught.study(SENTENCES)
    taught(SENTENCES)
    assert len(readings) == 2
    taught([("new",), SENTENCES[0]])
    assert readings[2:] == [[("new",)]]


def test_the_distributions_come_in_the_order_of_the_sentences(crf_teacher):
    taught = Teacher(str(crf_teacher))
    taught.open(CPU)
    answer = taught(SENTENCES)
    assert answer.lengths.tolist() == [3, 1, 2, 1]
    for index, words in enumerate(SENTENCES):
        alone = taught([words]).token_marginals
        torch.testing.assert_close(answer.token_marginals[index, : len(words)], alone[0])


@pytest.mark.parametrize("name", ["crf_teacher", "maxent_teacher"])
def test_a_second_run_needs_the_store_alone_and_learns_the_same(request, tmp_path, readings, name):
    overrides = taught_by(request.getfixturevalue(name), temperature=2.0)
    train("distilled", tmp_path / "memory", overrides)
    overrides["trainer.callbacks"][0]["teachers"][0]["store"] = str(tmp_path / "store.safetensors")
    train("distilled", tmp_path / "first", overrides)
    readings.clear()
    train("distilled", tmp_path / "second", overrides)

    assert not readings
    expected = weights(tmp_path / "memory" / "model.tar.gz")
    for run in ("first", "second"):
        assert_same_weights(weights(tmp_path / run / "model.tar.gz"), expected)


def test_a_store_grows_by_what_is_new(crf_teacher, tmp_path, readings):
    for sentences in (SENTENCES[:2], SENTENCES, SENTENCES):
        taught = Teacher(str(crf_teacher), store=str(tmp_path / "store"))
        taught.open(CPU)
        taught.study(sentences)
    assert readings == [SENTENCES[:2], [SENTENCES[2]]]


def test_the_store_of_another_teacher_is_refused(crf_teacher, maxent_teacher, tmp_path):
    for archive in (crf_teacher, maxent_teacher):
        taught = Teacher(str(archive), store=str(tmp_path / "store"))
        if archive is maxent_teacher:
            with pytest.raises(ConfigurationError, match="holds the potentials of another teacher"):
                taught.open(CPU)
        else:
            taught.open(CPU)
            taught.study(SENTENCES)


@pytest.mark.parametrize("weight", [0, -1.0, float("nan")])
def test_a_teacher_without_weight_is_refused(crf_teacher, weight):
    with pytest.raises(ConfigurationError, match="The weight of teacher .* is .*, expected a number above 0"):
        Teacher(str(crf_teacher), weight=weight)
