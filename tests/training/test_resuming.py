"""`allennlp train -r` of a student that trains alone: every run has the callback `skd_resume` unless it declines."""

import pytest
import torch

from skd_plugin.data import Streaming
from skd_plugin.distillation import Distiller
from skd_plugin.training import ExactResuming
from tests.distillation.power_cut import PowerCut, PowerCutCallback
from tests.distillation.runs import assert_same_weights, prepare, taught_by, train

MID_EPOCH = {"trainer.checkpointer": {"save_every_num_batches": 1}}
RESUMING = {"trainer.callbacks": ["power_cut"]}
STREAMING = {
    "data_loader": {"type": "skd_streaming", "batch_size": 2},
    "validation_data_loader": {"batch_size": 4},
    "trainer.num_gradient_accumulation_steps": 2,
    "trainer.callbacks": ["power_cut"],
}
PLAIN = {"trainer.callbacks": ["power_cut"], "trainer.enable_default_callbacks": False}


def run(directory, overrides, recover=False):
    train("tagger", directory, overrides, recover)
    return torch.load(directory / "model_state_e3_b0.th")


def interrupted(monkeypatch, directory, overrides):
    """The final weights of a run that is cut in its second epoch and resumed."""
    monkeypatch.setattr(PowerCutCallback, "at", (1, 2))
    with pytest.raises(PowerCut):
        run(directory, overrides)
    monkeypatch.setattr(PowerCutCallback, "at", None)
    return run(directory, overrides, recover=True)


@pytest.mark.parametrize("checkpoints", [{}, MID_EPOCH], ids=["epoch", "batch"])
def test_a_resumed_run_ends_with_the_same_weights(tmp_path, monkeypatch, checkpoints):
    expected = run(tmp_path / "whole", {**RESUMING, **checkpoints})
    assert_same_weights(interrupted(monkeypatch, tmp_path / "cut", {**RESUMING, **checkpoints}), expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    "checkpoints, done, batches_per_epoch", [({}, 0, 6), (MID_EPOCH, 2, 5)], ids=["epoch", "batch"]
)
def test_on_a_streamed_corpus_a_resumed_run_makes_no_batch_that_is_done(
    tmp_path, monkeypatch, checkpoints, done, batches_per_epoch
):
    """A pass has six batches, and a step two. The second step of the second epoch is lost."""
    overrides = {**STREAMING, **checkpoints}
    if batches_per_epoch != 6:
        overrides["data_loader"] = {**STREAMING["data_loader"], "batches_per_epoch": batches_per_epoch}
    expected = run(tmp_path / "whole", overrides)
    made = []
    make = Streaming._batch
    monkeypatch.setattr(Streaming, "_batch", lambda self, number: made.append(number) or make(self, number))
    assert_same_weights(interrupted(monkeypatch, tmp_path / "cut", overrides), expected)
    before_the_cut, after = range(batches_per_epoch + 4), range(batches_per_epoch + done, 3 * batches_per_epoch)
    assert made == [*before_the_cut, *after]


def test_without_the_callback_a_resumed_run_ends_with_other_weights(tmp_path, monkeypatch):
    whole = run(tmp_path / "whole", PLAIN)
    resumed = interrupted(monkeypatch, tmp_path / "cut", PLAIN)
    with pytest.raises(AssertionError, match="differs"):
        assert_same_weights(resumed, whole)


def test_the_callback_changes_nothing_in_a_run_without_interruption(tmp_path):
    assert_same_weights(run(tmp_path / "with", RESUMING), run(tmp_path / "without", PLAIN))


def test_of_two_such_callbacks_the_first_acts(tmp_path, trained):
    trainer = prepare("distilled", tmp_path, taught_by(trained("crf"))).trainer
    trainer.train()
    callbacks = [callback for callback in trainer._callbacks if isinstance(callback, ExactResuming)]
    assert [type(callback) for callback in callbacks] == [Distiller, ExactResuming]
    first, second = (callback.state_dict()["random_state"] for callback in callbacks)
    assert first["torch"] and first["python"].keys() == {1, 2, 3}
    assert second == {"torch": [], "python": {}}


def test_a_run_that_names_the_callback_has_it_once(tmp_path):
    callbacks = prepare("tagger", tmp_path, {"trainer.callbacks": ["skd_resume"]}).trainer._callbacks
    assert sum(isinstance(callback, ExactResuming) for callback in callbacks) == 1


def test_a_checkpoint_of_a_run_without_the_callback_is_accepted(tmp_path):
    callback = ExactResuming(str(tmp_path))
    before = callback.state_dict()
    callback.load_state_dict({})
    assert callback.state_dict() == before


def test_the_scale_of_the_loss_is_kept(tmp_path):
    """On a CPU there is no mixed precision, so the trainers get a scaler afterwards."""
    scalers = [torch.amp.GradScaler("cpu", init_scale=scale) for scale in (2.0, 65536.0)]
    first, second = (prepare("tagger", tmp_path).trainer for _ in scalers)
    first._scaler, second._scaler = scalers
    first.train()
    callback = next(callback for callback in second._callbacks if isinstance(callback, ExactResuming))
    second._maybe_restore_checkpoint()
    callback.on_start(second)
    assert scalers[1].get_scale() == scalers[0].get_scale() != 65536.0
