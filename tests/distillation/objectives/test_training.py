"""Every objective in `allennlp train`: its metrics, and the mistakes it finds before the teacher reads the corpus."""

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from skd_plugin.distillation import DistillationObjective, Teacher
from skd_plugin.distillation.objectives import Structural, TopK
from tests.distillation.runs import epochs, prepare, taught_by, train

pytestmark = pytest.mark.slow

CHAIN = {"model.type": "skd_crf_tagger"}
NAMES = "structural token_posterior top_1 top_k weighted_top_k local_substructure".split()
CROSS_ENTROPIES = [
    "structural",
    {"type": "structural", "tempering": "global"},
    "token_posterior",
    "top_1",
    {"type": "top_k", "k": 3},
    "weighted_top_k",
]


def run(directory, *teachers, changes, **distiller):
    train("distilled", directory, {**taught_by(*teachers, **distiller), "trainer.num_epochs": 1, **changes})
    return epochs(directory)[-1]


@pytest.mark.parametrize("objective", CROSS_ENTROPIES, ids=str)
@pytest.mark.parametrize("student", [{}, CHAIN], ids=["maxent", "crf"])
def test_cross_entropies(crf_teacher, tmp_path, objective, student):
    metrics = run(tmp_path, crf_teacher, changes=student, objective=objective, temperature=2.0)
    assert metrics["training_kd_kl"] >= 0 and 0 <= metrics["training_kd_agreement"] <= 1
    assert "training_kd_distance" not in metrics


def test_local_tempering(crf_teacher, tmp_path):
    local = {"tempering": "local"}
    runs = [
        run(tmp_path / str(k), crf_teacher, changes={}, objective=objective, temperature=3.0)
        for k, objective in enumerate([local, "structural"])
    ]
    assert runs[0]["training_kd_kl"] >= 0 and runs[0]["training_loss"] != runs[1]["training_loss"]


@pytest.mark.parametrize("student, teacher", [({}, "maxent_teacher"), (CHAIN, "crf_teacher")])
def test_local_substructure(request, tmp_path, student, teacher):
    archive = request.getfixturevalue(teacher)
    metrics = run(tmp_path, archive, changes=student, objective="local_substructure", temperature=2.0)
    assert metrics["training_kd_distance"] > 0 and metrics["training_kd_hard_loss"] > 0
    assert not {f"training_kd_{name}" for name in ("kl", "teacher_entropy", "agreement", "lost_mass")} & metrics.keys()


def test_the_temperature_does_not_change_score_matching(crf_teacher, tmp_path):
    losses = []
    for temperature in (1.0, 8.0):
        changes = {**taught_by(crf_teacher, objective="local_substructure", temperature=temperature), **CHAIN}
        trainer = prepare("distilled", tmp_path / str(temperature), changes).trainer
        trainer._callbacks[0].on_start(trainer)
        trainer.model.dropout.p = 0.0
        torch.manual_seed(0)
        losses.append(trainer.batch_outputs(next(iter(trainer.data_loader)), for_training=True)["loss"].item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_two_teachers(crf_teacher, maxent_teacher, tmp_path):
    metrics = run(tmp_path, crf_teacher, maxent_teacher, changes=CHAIN, objective={"type": "weighted_top_k", "k": 2})
    assert metrics["training_kd_kl"] > 0


@pytest.fixture
def _unread(monkeypatch):
    def study(*args, **kwargs):
        pytest.fail("the teacher reads the corpus before the mistake is found")

    monkeypatch.setattr(Teacher, "study", study)


@pytest.mark.usefixtures("_unread")
@pytest.mark.parametrize(
    "objective, student, message",
    [
        (
            "local_substructure",
            {},
            "objective LocalSubstructure is not defined for the teacher's LinearChain and the student's "
            "MaxEnt. The scores of a LinearChain cannot be matched by a MaxEnt: the teacher has Bigrams, not Tokens",
        ),
        (
            {"tempering": "local"},
            CHAIN,
            "objective Structural is not defined for the teacher's LinearChain and the student's "
            "LinearChain. The choices of a LinearChain are not independent.*below. Choose the tempering 'global'",
        ),
        (
            "structural",
            {"model.type": "skd_span_ner", "model.max_width": 1},
            "of its probability to spans of more than 1 words, the student's maximal width.*of 10 words",
        ),
    ],
)
def test_pairs_for_which_it_is_not_defined(crf_teacher, tmp_path, objective, student, message):
    with pytest.raises(ConfigurationError, match=message):
        run(tmp_path, crf_teacher, changes=student, objective=objective)


def test_what_is_registered():
    assert sorted(DistillationObjective.list_available()) == sorted(NAMES)
    assert type(DistillationObjective.from_params(Params({}))) is Structural
    assert type(DistillationObjective.from_params(Params({"type": "top_k"}))) is TopK
