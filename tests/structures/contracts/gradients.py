"""The contract on gradients: at the optimum, on ignored entries, and against finite differences."""

from typing import Dict

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tests.structures.contracts.contract import Contract
from tests.structures.oracles.exact_parts import tensors
from tests.structures.samples.kinds import EXPECTATIONS
from tests.structures.samples.sample import Sample, close
from tests.structures.samples.strategies import deterministic

# Lengths for finite differences.
FEW = (3, 1)


class GradientContract(Contract):
    def test_gradient_at_the_optimum_is_zero(self):
        sample = self.fixed(seed=10).leaves()
        f = sample.build()
        f.cross_entropy(f.marginals).sum().backward()
        for potential in sample.potentials.values():
            close(potential.grad, torch.zeros_like(potential), 1e-14)

    @pytest.mark.parametrize("value", [1e4, 1e30, -1e30])
    def test_gradient_of_ignored_entries_is_zero(self, value):
        sample = self.fixed(seed=11).padded_with(value).leaves()
        f = sample.build()
        (f.log_partition + f.cross_entropy(f.indicator(f.argmax))).sum().backward()
        for name, potential in sample.potentials.items():
            assert not potential.grad[sample.ignored(name)].any()

    def test_log_partition_against_finite_differences(self):
        self._gradcheck(12, lambda f: f.log_partition)

    def test_cross_entropy_against_finite_differences(self):
        expected = self.fixed(seed=14, lengths=FEW).build().marginals
        self._gradcheck(13, lambda f: f.cross_entropy(expected))

    def test_tempered_cross_entropy_against_finite_differences(self):
        expected = self.fixed(seed=16, lengths=FEW).build().tempered(3.0).marginals
        self._gradcheck(15, lambda f: f.tempered(3.0).cross_entropy(expected))

    def test_only_the_potentials_that_require_a_gradient_get_one(self):
        for wanted in self.fixed(seed=17).potentials:
            sample = self.fixed(seed=17)
            sample.potentials[wanted].requires_grad_()
            f = sample.build()
            f.cross_entropy(f.indicator(f.argmax)).sum().backward()
            assert [n for n, potential in sample.potentials.items() if potential.grad is not None] == [wanted]

    def test_two_losses_of_one_factorization_add_their_gradients(self):
        together, apart = (self.fixed(seed=18).leaves() for _ in range(2))
        f, expected = together.build(), self.fixed(seed=19).build().marginals
        (2 * f.cross_entropy(expected).sum() + f.log_partition.sum()).backward()
        (2 * apart.build().cross_entropy(expected).sum()).backward()
        apart.build().log_partition.sum().backward()
        for name in together.potentials:
            close(together.potentials[name].grad, apart.potentials[name].grad)

    def test_queries_without_gradient_leave_later_losses_their_gradient(self):
        asked, fresh = (self.fixed(seed=20).leaves() for _ in range(2))
        expected = self.fixed(seed=21).build().marginals
        f = asked.build()
        with torch.no_grad():
            _ = f.log_partition, f.entropy, f.argmax, f.choices, f.n_best(2), f.cross_entropy(expected)
        f.cross_entropy(expected).sum().backward()
        fresh.build().cross_entropy(expected).sum().backward()
        for potential, other in zip(asked.potentials.values(), fresh.potentials.values()):
            close(potential.grad, other.grad)

    def test_queries_are_detached_and_losses_are_not(self):
        f = self.fixed(seed=20).leaves().build()
        assert f.log_partition.requires_grad and f.cross_entropy(f.marginals).requires_grad
        assert not any(value.requires_grad for value in (f.entropy, *tensors(f.marginals), *tensors(f.argmax)))

    def _gradcheck(self, seed, loss):
        sample = self.fixed(seed, lengths=FEW).leaves()
        names = list(sample.potentials)

        def function(*potentials: Tensor) -> Tensor:
            return loss(sample.build(**dict(zip(names, potentials))))

        assert torch.autograd.gradcheck(function, tuple(sample.potentials.values()))


class ExpectationContract(Contract):
    """For factorizations with an exact score: ∂ log Z = ∂ E_s[Score], and ∂ CE = ∂ E_s[Score] − ∂ E_t[Score]."""

    @deterministic
    @given(data=st.data())
    def test_gradient_of_log_partition_is_the_expected_gradient_of_the_score(self, data):
        sample = self.drawn(data).leaves()
        weights = torch.arange(1.0, len(sample.mask) + 1, dtype=torch.float64)
        (weights * sample.build().log_partition).sum().backward()
        expected = _weighted_expectations(sample, sample, weights)
        for name, potential in sample.potentials.items():
            close(torch.zeros_like(potential) if potential.grad is None else potential.grad, expected[name])

    @deterministic
    @given(data=st.data())
    def test_gradient_of_cross_entropy_is_student_minus_teacher(self, data):
        teacher = self.drawn(data)
        student = teacher.map(lambda value: value.roll(1, -1) * 0.5).leaves()
        weights = torch.arange(1.0, len(teacher.mask) + 1, dtype=torch.float64)
        (weights * student.build().cross_entropy(teacher.build().marginals)).sum().backward()
        of_student, of_teacher = (_weighted_expectations(side, student, weights) for side in (student, teacher))
        for name, potential in student.potentials.items():
            close(potential.grad, of_student[name] - of_teacher[name])


def _weighted_expectations(distribution: Sample, scores: Sample, weights: Tensor) -> Dict[str, np.ndarray]:
    """∂ / ∂ potential of Σ_b weight_b · E[Score_b], by enumeration of one sample and with the scores of another."""
    totals = {name: np.zeros(tuple(value.shape)) for name, value in scores.potentials.items()}
    rows = zip(distribution.enumerate(), scores.sentences(), weights.tolist())
    for index, (enumerated, sentence, weight) in enumerate(rows):
        for name, total in totals.items():
            expectation = weight * EXPECTATIONS[scores.kind][name](enumerated, sentence.arrays())
            if "batch" in scores.axes[name]:
                total[(index, *map(slice, expectation.shape))] = expectation
            else:
                total += expectation
    return totals
