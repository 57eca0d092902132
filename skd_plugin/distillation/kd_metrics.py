"""What distillation reports: KL, hard loss, agreement, and lost mass, per sentence or word since the last reset, over all processes."""

from typing import Dict

import torch
from allennlp.nn.util import dist_reduce_sum
from torch import Tensor

from skd_plugin.structures import Factorization, Parts

# Each mean is kept as a sum and a count.
_NAMES = ("kd_kl", "kd_hard_loss", "kd_agreement", "kd_lost_mass")


class KdMetrics:
    """
    - `kd_kl`: KL(P_t ‖ P_s) of a sentence at the current temperature; 0 means that the student has become the teacher.
      With several teachers the mean over them, which is 0 only if they agree.
    - `kd_hard_loss`: −log P_s(gold) of a sentence that has gold.
    - `kd_agreement`: the share of words for which teacher and student find the same most probable.
    - `kd_lost_mass`: the teacher's probability of structures with labels that the student lacks, where those are dropped.
    """

    def __init__(self) -> None:
        self._reset()

    def add_soft(self, kl: Tensor, expected: Parts, student: Factorization) -> None:
        self._add("kd_kl", kl)
        agrees = expected.choices == student.marginals.choices
        self._add("kd_agreement", agrees[student.mask])

    def add_hard(self, hard: Tensor, known: Tensor) -> None:
        self._add("kd_hard_loss", hard[known])

    def add_lost_mass(self, lost: Tensor) -> None:
        self._add("kd_lost_mass", lost)

    def get(self, reset: bool) -> Dict[str, float]:
        """Every process must call this at the same time, as AllenNLP's trainer does."""
        totals = dist_reduce_sum(self._totals.clone())
        if reset:
            self._reset()
        return {name: total / count for name, (total, count) in zip(_NAMES, totals.tolist()) if count > 0}

    def _add(self, name: str, values: Tensor) -> None:
        summed = torch.stack(
            [values.sum(dtype=torch.float64), values.new_tensor(values.numel(), dtype=torch.float64)]
        )
        self._totals = self._totals.to(values.device)
        self._totals[_NAMES.index(name)] += summed

    def _reset(self) -> None:
        self._totals = torch.zeros(len(_NAMES), 2, dtype=torch.float64)
