"""`allennlp find-lr` searches with the loss of distillation if the configuration has a distiller."""

import sys

import pytest
from allennlp.commands import find_learning_rate
from allennlp.commands.find_learning_rate import find_learning_rate_model
from allennlp.common.checks import ConfigurationError

from skd_plugin.models import GoldCrossEntropy
from tests.distillation.runs import params, prepare, taught_by
from tests.trained import Trained

pytestmark = pytest.mark.slow

ONE_BATCH = {
    "data_loader": {"batch_size": 99},
    "trainer.learning_rate_scheduler": None,
    "model.dropout": 0.0,
}


@pytest.fixture
def losses(monkeypatch):
    """What the command plots."""
    plotted = []
    monkeypatch.setattr(find_learning_rate, "_save_plot", lambda rates, losses, path: plotted.extend(losses))
    return plotted


def first_loss(config, directory, overrides):
    """The loss of the first batch in training."""
    run = prepare(config, directory, overrides)
    for callback in run.trainer._callbacks:
        callback.on_start(run.trainer)
    return run.trainer.batch_outputs(next(iter(run.trainer.data_loader)), for_training=True)["loss"].item()


def test_the_curve_is_that_of_distillation(trained: Trained, tmp_path, losses):
    overrides = {**ONE_BATCH, **taught_by(trained("crf"), temperature=2.0)}
    find_learning_rate_model(params("distilled", overrides), tmp_path / "search", num_batches=11)
    expected = first_loss("distilled", tmp_path / "train", overrides)
    assert losses[0] == pytest.approx(expected, rel=1e-5)


def test_without_a_distiller_it_is_gold_cross_entropy(tmp_path, losses):
    find_learning_rate_model(params("tagger", ONE_BATCH), tmp_path / "search", num_batches=11)
    assert losses[0] == pytest.approx(first_loss("tagger", tmp_path / "train", ONE_BATCH), rel=1e-5)


@pytest.mark.parametrize("fails", [False, True])
def test_the_student_gets_its_objective_back(trained: Trained, tmp_path, fails):
    trainer = prepare("distilled", tmp_path, {**ONE_BATCH, **taught_by(trained("crf"))}).trainer
    if fails:
        with pytest.raises(Exception, match="should be greater than 10"):
            find_learning_rate.search_learning_rate(trainer, num_batches=10)
    else:
        find_learning_rate.search_learning_rate(trainer, num_batches=11)
    assert isinstance(trainer.model.objective, GoldCrossEntropy)


def test_without_matplotlib_nothing_is_searched(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ConfigurationError, match="matplotlib, which is not installed. Run: pip install matplotlib"):
        find_learning_rate.search_learning_rate(None)
