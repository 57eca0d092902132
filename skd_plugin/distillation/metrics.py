"""What distillation reports: KL, hard loss, agreement, …, means over sentences or words, over all processes."""

from typing import Dict

import torch
from allennlp.nn.util import dist_reduce_sum
from torch import Tensor

# Each mean is kept as a sum and a count.
_NAMES = ("kd_kl", "kd_hard_loss", "kd_agreement", "kd_lost_mass", "kd_distance")
_NOTHING = torch.zeros(len(_NAMES), 2, dtype=torch.float64)


class KdMetrics:
    """
    - `kd_kl`: KL(target ‖ P_s) of a sentence at the current temperature, where the objective is a cross-entropy: 0
      means that the student has become what it is taught. With several teachers the mean over them, which is 0 only if
      they agree.
    - `kd_hard_loss`: −log P_s(gold) of a sentence that has gold.
    - `kd_agreement`: the share of words for which target and student find the same most probable.
    - `kd_lost_mass`: the teacher's probability of structures with labels that the student lacks, where dropped.
    - `kd_distance`: what stands in place of `kd_kl` where the objective is no cross-entropy.
    """

    def __init__(self) -> None:
        self._totals = self._batch = _NOTHING

    def add(self, name: str, values: Tensor) -> None:
        """Values of a batch, one for each sentence or word that counts: shape (count,)."""
        summed = torch.stack([values.sum(dtype=torch.float64), values.new_tensor(values.numel(), dtype=torch.float64)])
        self._batch = self._batch.to(values.device, copy=True)
        self._batch[_NAMES.index(name)] += summed

    def end_batch(self) -> None:
        """Sums over all processes, which run their batches together but may ask for metrics at different times."""
        summed = dist_reduce_sum(self._batch)
        self._totals = self._totals.to(summed.device) + summed
        self._batch = _NOTHING

    def get(self, reset: bool) -> Dict[str, float]:
        totals = self._totals.tolist()
        if reset:
            self._totals = _NOTHING
        return {name: total / count for name, (total, count) in zip(_NAMES, totals) if count > 0}
