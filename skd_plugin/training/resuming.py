"""A trainer callback with which `allennlp train -r` ends with the same weights as a run without interruption."""

from typing import Any, Dict

from allennlp.training import GradientDescentTrainer, TrainerCallback, gradient_descent_trainer

from skd_plugin.compat.options import CheckedOptions
from skd_plugin.training.epochs import set_epochs_during
from skd_plugin.training.randomness import RandomState


@TrainerCallback.register("skd_resume")
class ExactResuming(CheckedOptions, TrainerCallback):
    """
    Keeps the state of the random number generators in each checkpoint, and restores it when the run is resumed. With
    `use_amp`, it does the same for the scale of the loss. A data loader that finds any epoch, such as `skd_streaming`,
    is told where to go on.

    AllenNLP's checkpoints leave these out, so a resumed run draws other dropout masks and shuffles differently. If a
    trainer has several callbacks of this class (`skd_distiller` is one), only the first of them acts.

    Registered as a `TrainerCallback` with name "skd_resume". Every run has it, at the end of its callbacks, unless the
    trainer's option `enable_default_callbacks` is false.
    """

    def __init__(self, serialization_dir: str) -> None:
        super().__init__(serialization_dir)
        self._random_state = RandomState()
        self._loss_scale: Dict[str, Any] = {}
        self._acts = False

    def on_start(self, trainer: GradientDescentTrainer, is_primary: bool = True, **kwargs: Any) -> None:
        super().on_start(trainer, is_primary, **kwargs)
        first = next(callback for callback in trainer._callbacks if isinstance(callback, ExactResuming))
        self._acts = first is self
        if self._acts:
            self._random_state.restore_during(trainer)
            set_epochs_during(trainer)
            if trainer._scaler is not None and self._loss_scale:
                trainer._scaler.load_state_dict(self._loss_scale)

    def on_backward(self, *args: Any, **kwargs: Any) -> bool:
        """
        Records the state here because no other event between the forward pass of a batch and its checkpoint is reached
        by all processes together. Returns False: the trainer does the backward pass.
        """
        if self._acts:
            self._random_state.record_batch()
        return False

    def on_epoch(  # type: ignore[override]  # the trainer names its arguments
        self, *args: Any, epoch: int, **kwargs: Any
    ) -> None:
        if self._acts:
            self._random_state.record_epoch(epoch)

    def state_dict(self) -> Dict[str, Any]:
        scaler = self.trainer._scaler if self._acts and self.trainer is not None else None
        loss_scale = {} if scaler is None else {"loss_scale": scaler.state_dict()}
        return {"random_state": self._random_state.state_dict(), **loss_scale}

    def load_state_dict(self, state_dict: Dict[str, Any]) -> None:
        # The trainer gives states by position, and there is none of this callback in older checkpoints.
        if "random_state" in state_dict:
            self._random_state.load_state_dict(state_dict["random_state"])
        self._loss_scale = state_dict.get("loss_scale", {})


def resume_exactly_by_default() -> None:
    """Adds the callback to AllenNLP's default callbacks, which a trainer appends to its own."""
    defaults = gradient_descent_trainer.DEFAULT_CALLBACKS
    if ExactResuming not in defaults:
        gradient_descent_trainer.DEFAULT_CALLBACKS = (*defaults, ExactResuming)  # type: ignore[assignment]
