"""The metrics of distillation: means over the sentences or words of all batches, in all processes."""

from typing import Dict, Tuple

import torch
from allennlp.nn.util import dist_reduce_sum
from torch import Tensor

# All processes add up one table, so it has a row for each metric, measured or not: the sum of its values, their number.
_NAMES = ("kd_kl", "kd_teacher_entropy", "kd_hard_loss", "kd_agreement", "kd_lost_mass", "kd_distance")
_EMPTY = torch.zeros(len(_NAMES), 2, dtype=torch.float64)


class KdMetrics:
    """
    - `kd_kl`: KL(target ‖ P_s) of a sentence at the current temperature, if the objective is a cross-entropy. 0 means
      that the student gives the very distribution that it is taught. With several teachers it is the weighted mean over
      them, which can be 0 only if they agree.
    - `kd_teacher_entropy`: the entropy of that target in nats, at the same temperature, as a weighted mean over the
      teachers. 0 means that a sentence's target is one structure.
    - `kd_hard_loss`: −log P_s(gold) of a sentence that has gold labels.
    - `kd_agreement`: the share of words whose most probable label (or head) is the same in target and student.
    - `kd_lost_mass`: the teacher's probability of the structures that the student cannot produce, if there may be any.
    - `kd_distance`: the loss of a sentence at T = 1, if the objective is not a cross-entropy.
    """

    def __init__(self) -> None:
        self._totals = _EMPTY
        self._batch: Dict[str, Tuple[Tensor, int]] = {}

    def add(self, name: str, values: Tensor) -> None:
        """Adds a metric's values in the current batch, one for each sentence or word that counts: shape (count,)."""
        if name not in _NAMES:
            raise ValueError(f"{name!r} is not a metric of distillation, expected one of {', '.join(_NAMES)}.")
        total, count = self._batch.get(name, (0, 0))
        self._batch[name] = total + values.sum(dtype=torch.float64), count + values.numel()

    def end_batch(self) -> None:
        """
        Adds up the current batch over all processes.

        This is done after each batch because the processes run their batches together, but may ask for the metrics at
        different times.
        """
        device = next((total.device for total, _ in self._batch.values()), _EMPTY.device)
        missing = torch.zeros((), dtype=torch.float64, device=device), 0
        sums, counts = zip(*(self._batch.get(name, missing) for name in _NAMES))
        batch = torch.stack([torch.stack(sums), torch.tensor(counts, dtype=torch.float64, device=device)], 1)
        total = dist_reduce_sum(batch)
        self._totals = self._totals.to(total.device) + total
        self._batch = {}

    def get(self, reset: bool) -> Dict[str, float]:
        """The mean of each metric that has any values."""
        totals = self._totals.tolist()
        if reset:
            self._totals = _EMPTY
        return {name: total / count for name, (total, count) in zip(_NAMES, totals) if count > 0}
