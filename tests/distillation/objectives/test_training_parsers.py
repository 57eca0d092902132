"""Every objective in `allennlp train`, with parsers as teacher and student."""

import pytest
from allennlp.common.checks import ConfigurationError

from tests.distillation.runs import epochs, taught_by, train

pytestmark = pytest.mark.slow

OBJECTIVES = [
    "structural",
    {"type": "structural", "tempering": "local"},
    "token_posterior",
    "top_1",
    {"type": "top_k", "k": 3},
    "weighted_top_k",
    "local_substructure",
]


@pytest.mark.parametrize("objective", OBJECTIVES, ids=str)
@pytest.mark.parametrize(
    "student",
    [{"model.type": "skd_biaffine_parser"}, {"model.type": "skd_tagging_parser"}],
    ids=["biaffine", "tagging"],
)
def test_parsers(biaffine, tmp_path, objective, student):
    overrides = taught_by(biaffine, objective=objective, temperature=2.0, label_policy="renormalize")
    train("distilled_parser", tmp_path, {**overrides, "trainer.num_epochs": 1, **student})
    metrics = epochs(tmp_path)[-1]
    assert metrics.get("training_kd_kl", metrics.get("training_kd_distance")) >= 0


def test_trees_have_no_token_posterior(biaffine, tmp_path):
    overrides = taught_by(biaffine, objective="token_posterior")
    tree = {"model.type": "skd_biaffine_parser", "model.factorization": "non_projective_tree"}
    message = "objective TokenPosterior is not defined for the teacher's HeadSelection and the student's Non"
    with pytest.raises(ConfigurationError, match=message):
        train("distilled_parser", tmp_path, {**overrides, **tree})
