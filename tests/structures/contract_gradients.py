"""The contract on gradients: ∂ CE / ∂ Score(u) = P_s(u) − P_t(u) for every potential."""

from typing import ClassVar, Dict, Type

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from skd_plugin.structures import Factorization

from .samples import EXPECTATIONS, Sample, axes_of, close, random_sample
from .strategies import deterministic, samples


class GradientContract:
    kind: ClassVar[Type[Factorization]]

    @deterministic
    @given(data=st.data())
    def test_gradient_of_log_partition_is_the_marginals(self, data):
        sample = data.draw(samples(self.kind)).leaves()
        weights = torch.arange(1.0, len(sample.mask) + 1, dtype=torch.float64)
        (weights * sample.build().log_partition).sum().backward()
        expected = _weighted_expectations(sample, weights)
        for name, potential in sample.potentials.items():
            close(potential.grad, expected[name])

    @deterministic
    @given(data=st.data())
    def test_gradient_of_cross_entropy_is_student_minus_teacher(self, data):
        teacher = data.draw(samples(self.kind))
        student = teacher.map(lambda value: value.roll(1, -1) * 0.5).leaves()
        weights = torch.arange(1.0, len(teacher.mask) + 1, dtype=torch.float64)
        (weights * student.build().cross_entropy(teacher.build().marginals)).sum().backward()
        of_student, of_teacher = (_weighted_expectations(side, weights) for side in (student, teacher))
        for name, potential in student.potentials.items():
            close(potential.grad, of_student[name] - of_teacher[name])

    def test_gradient_at_the_optimum_is_zero(self):
        sample = random_sample(self.kind, seed=10).leaves()
        f = sample.build()
        f.cross_entropy(f.marginals).sum().backward()
        for potential in sample.potentials.values():
            close(potential.grad, torch.zeros_like(potential), 1e-14)

    def test_gradient_of_padding_is_zero(self):
        sample = random_sample(self.kind, seed=11).padded_with(1e4).leaves()
        f = sample.build()
        (
            f.log_partition + f.cross_entropy(f.indicator(torch.zeros_like(sample.mask, dtype=torch.long)))
        ).sum().backward()
        for name, potential in sample.potentials.items():
            if "n" in axes_of(self.kind)[name]:
                assert not potential.grad[~sample.mask].any()

    def test_log_partition_against_finite_differences(self):
        sample = random_sample(self.kind, seed=12)
        self._gradcheck(sample, lambda f: f.log_partition)

    def test_cross_entropy_against_finite_differences(self):
        sample = random_sample(self.kind, seed=13)
        expected = random_sample(self.kind, seed=14).build().marginals
        self._gradcheck(sample, lambda f: f.cross_entropy(expected))

    def test_tempered_cross_entropy_against_finite_differences(self):
        sample = random_sample(self.kind, seed=15)
        expected = random_sample(self.kind, seed=16).build().tempered(3.0).marginals
        self._gradcheck(sample, lambda f: f.tempered(3.0).cross_entropy(expected))

    def test_only_the_potentials_that_want_a_gradient_get_one(self):
        for wanted in axes_of(self.kind):
            sample = random_sample(self.kind, seed=17)
            sample.potentials[wanted].requires_grad_()
            sample.build().log_partition.sum().backward()
            assert [n for n, potential in sample.potentials.items() if potential.grad is not None] == [wanted]

    def test_two_losses_of_one_factorization_add_their_gradients(self):
        together, apart = (
            random_sample(self.kind, seed=18).leaves(),
            random_sample(self.kind, seed=18).leaves(),
        )
        f, expected = together.build(), random_sample(self.kind, seed=19).build().marginals
        (2 * f.cross_entropy(expected).sum() + f.log_partition.sum()).backward()
        (2 * apart.build().cross_entropy(expected).sum()).backward()
        apart.build().log_partition.sum().backward()
        for name in together.potentials:
            close(together.potentials[name].grad, apart.potentials[name].grad)

    def test_queries_are_detached_and_losses_are_not(self):
        f = random_sample(self.kind, seed=20).leaves().build()
        assert f.log_partition.requires_grad and f.cross_entropy(f.marginals).requires_grad
        assert not f.token_marginals.requires_grad and not f.entropy.requires_grad
        assert not f.marginals.tokens.requires_grad and not f.n_best(2).log_probabilities.requires_grad

    def _gradcheck(self, sample, loss):
        names = list(sample.potentials)
        sample = sample.leaves()

        def function(*potentials: Tensor) -> Tensor:
            return loss(sample.build(**dict(zip(names, potentials))))

        assert torch.autograd.gradcheck(function, tuple(sample.potentials.values()))


def _weighted_expectations(sample: Sample, weights: Tensor) -> Dict[str, np.ndarray]:
    """What multiplies each potential in Σ_b weight_b · E[Score_b], by enumeration."""
    totals = {name: np.zeros(tuple(value.shape)) for name, value in sample.potentials.items()}
    for index, (sentence, weight) in enumerate(zip(sample.enumerate(), weights.tolist())):
        for name, axes in axes_of(sample.kind).items():
            expectation = weight * EXPECTATIONS[name](sentence)
            if "batch" in axes:
                totals[name][index, : len(expectation)] = expectation
            else:
                totals[name] += expectation
    return totals
