"""A callback that interrupts training at a chosen batch."""

from typing import Any, Optional, Tuple

from allennlp.training import GradientDescentTrainer, TrainerCallback


class PowerCut(RuntimeError):
    """The interruption: an error that no code expects."""


@TrainerCallback.register("power_cut")
class PowerCutCallback(TrainerCallback):
    """
    Interrupts training at (epoch, batch) `at`.

    This is an attribute of the class and not an option, because a resumed run must have the same configuration.
    """

    at: Optional[Tuple[int, int]] = None

    def on_batch(  # type: ignore[override]
        self, trainer: GradientDescentTrainer, *args: Any, is_training: bool = True, **kwargs: Any
    ) -> None:
        if is_training and (trainer._epochs_completed, trainer._batches_in_epoch_completed) == self.at:
            raise PowerCut
