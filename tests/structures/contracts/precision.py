"""The contract on float32: no NaN, no infinity and no wrong digits at any scale up to 100."""

from typing import ClassVar, Dict

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from tests.structures.contracts.contract import Contract
from tests.structures.oracles.exact_parts import tensors
from tests.structures.samples.sample import Sample
from tests.structures.samples.strategies import deterministic, seeds

# Overflow is rare, so each example has many sentences, which are computed together.
LENGTHS = [1, 2, 3] * 60
TOLERANCE = 2e-5


class PrecisionContract(Contract):
    largest_scale_in_float32: ClassVar[float] = 100.0
    """Up to which scale float32 gives the digits of float64."""

    @settings(deterministic, max_examples=20)
    @given(seed=seeds, scale=st.sampled_from([1.0, 10.0, 30.0, 100.0]), data=st.data())
    def test_float32_is_finite_and_right_at_any_scale(self, seed, scale, data):
        labels = data.draw(self.label_sets)
        single = self.fixed(seed, lengths=LENGTHS, labels=labels, scale=scale).map(Tensor.float)
        largest_score = max(float(value.abs().max()) for value in single.potentials.values())
        exact = _answers(single.map(Tensor.double))
        for name, value in _answers(single).items():
            # A rank beyond the last structure has log P = −∞.
            same = value == exact[name]
            assert (value.isfinite() | same).all(), f"{name} is not finite"
            size = len(LENGTHS) if name.startswith("∂") else max(1.0, largest_score)
            if scale <= self.largest_scale_in_float32:
                error = float((value - exact[name]).abs().masked_fill(same, 0.0).max())
                assert error <= TOLERANCE * size, f"{name} is wrong by {error}"


def _answers(sample: Sample) -> Dict[str, Tensor]:
    """Answers by name, and gradients, whose names begin with ∂."""
    leaves = sample.leaves()
    f = leaves.build()
    losses = {"log Z": f.log_partition, "−log P(argmax)": f.cross_entropy(f.indicator(f.argmax))}
    found = {**losses, "entropy": f.entropy, "log P(n_best)": f.n_best(2).log_probabilities}
    found.update({f"marginals {position}": value for position, value in enumerate(tensors(f.marginals))})
    potentials = list(leaves.potentials.values())
    for name, loss in losses.items():
        gradients = torch.autograd.grad(
            loss.sum(), potentials, retain_graph=True, allow_unused=True, materialize_grads=True
        )
        found.update({f"∂ {name} / ∂ {potential}": value for potential, value in zip(leaves.potentials, gradients)})
    return {name: value.detach() for name, value in found.items()}
