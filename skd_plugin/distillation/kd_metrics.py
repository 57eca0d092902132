"""What distillation reports: KL, hard loss, agreement, and lost mass, per sentence or word, over all processes."""

from typing import Dict

import torch
from allennlp.nn.util import dist_reduce_sum
from torch import Tensor

from skd_plugin.structures import Factorization, Parts

# Each mean is kept as a sum and a count.
_NAMES = ("kd_kl", "kd_hard_loss", "kd_agreement", "kd_lost_mass")
_NOTHING = torch.zeros(len(_NAMES), 2, dtype=torch.float64)


class KdMetrics:
    """
    - `kd_kl`: KL(P_t ‖ P_s) of a sentence at the current temperature; 0 means that the student has become the teacher.
      With several teachers the mean over them, which is 0 only if they agree.
    - `kd_hard_loss`: −log P_s(gold) of a sentence that has gold.
    - `kd_agreement`: the share of words for which teacher and student find the same most probable.
    - `kd_lost_mass`: the teacher's probability of structures with labels that the student lacks, where dropped.
    """

    def __init__(self) -> None:
        self._totals = self._batch = _NOTHING

    def add_soft(self, kl: Tensor, expected: Parts, student: Factorization) -> None:
        self._add("kd_kl", kl)
        agrees = expected.choices == student.choices
        self._add("kd_agreement", agrees[student.mask])

    def add_hard(self, hard: Tensor, known: Tensor) -> None:
        self._add("kd_hard_loss", hard[known])

    def add_lost_mass(self, lost: Tensor) -> None:
        self._add("kd_lost_mass", lost)

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

    def _add(self, name: str, values: Tensor) -> None:
        summed = torch.stack([values.sum(dtype=torch.float64), values.new_tensor(values.numel(), dtype=torch.float64)])
        self._batch = self._batch.to(values.device, copy=True)
        self._batch[_NAMES.index(name)] += summed
