"""What a person wants to see after each epoch, in one line."""

import time
from datetime import timedelta
from typing import Any, Iterator, Mapping, Optional, Sequence, Tuple

from skd_plugin.distillation.teacher_scores import MAIN_METRICS


class EpochSummary:
    """
    Describes the epochs of a run.

    # Parameters

    num_epochs : `int`
    tracked : `Sequence[Tuple[float, str]]`
        The names of the metrics by which the trainer chooses the best epoch, and their signs.
    """

    def __init__(self, num_epochs: int, tracked: Sequence[Tuple[float, str]]) -> None:
        self._num_epochs = num_epochs
        self._tracked = [name for _, name in tracked]
        self._started = time.monotonic()
        self._epochs = 0

    def line(self, epoch: int, metrics: Mapping[str, Any]) -> str:
        """
        An epoch: its loss, how far the student is from its teachers, its score, and how long the rest will take.

        # Parameters

        epoch : `int`
            Its number, from 0.
        metrics : `Mapping[str, Any]`
            Those that the trainer gives its callbacks, with the teachers' scores.
        """
        self._epochs += 1
        parts = [f"loss {metrics['training_loss']:.4g}"] if "training_loss" in metrics else []
        parts += _on_both("KL", "kd_kl", metrics, "{:.4g}")
        parts += _on_both("agreement", "kd_agreement", metrics, "{:.1%}")
        parts += self._score(metrics)
        remaining = self._num_epochs - epoch - 1
        if remaining > 0:
            seconds = (time.monotonic() - self._started) / self._epochs * remaining
            parts.append(f"{timedelta(seconds=round(seconds))} left")
        return f"Epoch {epoch + 1} of {self._num_epochs}: {', '.join(parts)}"

    def _score(self, metrics: Mapping[str, Any]) -> Iterator[str]:
        names = [name for name in (*MAIN_METRICS, *self._tracked) if f"validation_{name}" in metrics]
        if not names:
            return
        name = names[0]
        others = []
        best = metrics.get(f"best_validation_{name}")
        if best is not None and "best_epoch" in metrics:
            others.append(f"best epoch {metrics['best_epoch'] + 1}: {best:.4g}")
        teacher = _best_teacher(name, metrics)
        if teacher is not None:
            others.append(f"teacher {teacher:.4g}")
        yield f"validation {name} {metrics[f'validation_{name}']:.4g}" + (f" ({', '.join(others)})" if others else "")


def _on_both(title: str, name: str, metrics: Mapping[str, Any], form: str) -> Iterator[str]:
    """A metric on the training and on the validation data, as far as it was measured."""
    training, validation = (metrics.get(f"{part}_{name}") for part in ("training", "validation"))
    if training is not None and validation is not None:
        yield f"{title} {form.format(training)} (validation {form.format(validation)})"
    elif training is not None:
        yield f"{title} {form.format(training)}"
    elif validation is not None:
        yield f"{title} of validation {form.format(validation)}"


def _best_teacher(name: str, metrics: Mapping[str, Any]) -> Optional[float]:
    ends = f"_validation_{name}"
    scores = [value for key, value in metrics.items() if key.startswith("teacher_") and key.endswith(ends)]
    return max(scores, default=None)
