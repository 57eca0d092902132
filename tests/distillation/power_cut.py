"""An interruption at a chosen batch, from outside of the configuration, which must not differ when a run is resumed."""

from typing import Any, Optional, Tuple

from allennlp.training import GradientDescentTrainer, TrainerCallback


class PowerCut(RuntimeError):
    """Not an error that any handler expects."""


@TrainerCallback.register("power_cut")
class PowerCutCallback(TrainerCallback):
    """Ends training where the class says; `-r` wants the same configuration in both runs."""

    at: Optional[Tuple[int, int]] = None

    def on_batch(  # type: ignore[override]
        self, trainer: GradientDescentTrainer, *args: Any, is_training: bool = True, **kwargs: Any
    ) -> None:
        if is_training and (trainer._epochs_completed, trainer._batches_in_epoch_completed) == self.at:
            raise PowerCut
