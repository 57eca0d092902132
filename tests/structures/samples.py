"""Random factorizations kept as named potentials, so that a test can rebuild, cut, permute and enumerate them."""

from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Sequence, Tuple, Type

import numpy as np
import torch
from torch import Tensor

from skd_plugin.structures import Factorization, LinearChain, MaxEnt

from .brute_force import Enumerated, enumerate_linear_chain, enumerate_max_ent

PLAIN = ("noun", "verb", "det", "adj", "adv")
BIOUL = ("I-X", "O", "L-X", "B-X", "U-X")
LENGTHS = (4, 1, 3)

# The axes of each potential; the potentials without a batch axis are shared by all sentences.
POTENTIALS: Dict[Type[Factorization], Dict[str, Tuple[str, ...]]] = {
    MaxEnt: {"scores": ("batch", "n", "label")},
    LinearChain: {
        "emissions": ("batch", "n", "label"),
        "transitions": ("label", "label"),
        "start": ("label",),
        "end": ("label",),
    },
}
ENUMERATORS: Dict[Type[Factorization], Callable[..., Enumerated]] = {
    MaxEnt: enumerate_max_ent,
    LinearChain: enumerate_linear_chain,
}
# What multiplies a potential in the expected score, so what its gradient is made of.
EXPECTATIONS: Dict[str, Callable[[Enumerated], np.ndarray]] = {
    "scores": lambda sentence: sentence.token_marginals,
    "emissions": lambda sentence: sentence.token_marginals,
    "transitions": lambda sentence: sentence.transitions,
    "start": lambda sentence: sentence.token_marginals[0],
    "end": lambda sentence: sentence.token_marginals[-1],
}


@dataclass(frozen=True)
class Sample:
    """A batch of distributions before any of the package's code has seen it."""

    kind: Type[Factorization]
    potentials: Dict[str, Tensor]
    mask: Tensor
    labels: Tuple[str, ...]

    def build(self, **changes: Any) -> Any:
        return self.kind(**{**self.potentials, "mask": self.mask, "labels": self.labels, **changes})

    @property
    def lengths(self) -> List[int]:
        return self.mask.sum(1).tolist()

    def map(self, change: Callable[[Tensor], Tensor]) -> "Sample":
        return replace(self, potentials={name: change(value) for name, value in self.potentials.items()})

    def leaves(self) -> "Sample":
        return self.map(lambda value: value.detach().clone().requires_grad_())

    def tempered(self, temperature: float) -> "Sample":
        return self.map(lambda value: value / temperature)

    def padded_with(self, value: float) -> "Sample":
        """The same distributions, `value` in every potential of a word that is not there."""
        padding = ~self.mask.unsqueeze(-1)
        filled = {
            name: self.potentials[name].masked_fill(padding, value) if "n" in axes else self.potentials[name]
            for name, axes in axes_of(self.kind).items()
        }
        return replace(self, potentials=filled)

    def sentence(self, index: int) -> "Sample":
        """One sentence, without padding."""
        length = self.lengths[index]
        cut = {
            name: self.potentials[name][index : index + 1, :length] if "batch" in axes else self.potentials[name]
            for name, axes in axes_of(self.kind).items()
        }
        return replace(self, potentials=cut, mask=self.mask[index : index + 1, :length])

    def sentences(self) -> List["Sample"]:
        return [self.sentence(index) for index in range(len(self.mask))]

    def permuted(self, order: Sequence[int]) -> "Sample":
        """The same distributions, label k moved to where `order` has k."""
        moved = dict(self.potentials)
        for name, axes in axes_of(self.kind).items():
            for axis in (axis for axis, meaning in enumerate(axes) if meaning == "label"):
                moved[name] = moved[name].index_select(axis, torch.tensor(order))
        return replace(self, potentials=moved, labels=tuple(self.labels[k] for k in order))

    def enumerate(self) -> List[Enumerated]:
        return [_enumerate_one(sentence) for sentence in self.sentences()]


def random_sample(
    kind: Type[Factorization],
    seed: int,
    lengths: Sequence[int] = LENGTHS,
    labels: Tuple[str, ...] = PLAIN[:4],
    scale: float = 2.0,
) -> Sample:
    generator = torch.Generator().manual_seed(seed)
    sizes = {"batch": len(lengths), "n": max(lengths), "label": len(labels)}
    potentials = {
        name: scale * torch.randn([sizes[axis] for axis in axes], generator=generator, dtype=torch.float64)
        for name, axes in axes_of(kind).items()
    }
    mask = torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)
    return Sample(kind, potentials, mask, labels)


def axes_of(kind: Type[Factorization]) -> Dict[str, Tuple[str, ...]]:
    if kind not in POTENTIALS:
        raise LookupError(
            f"No random generator for {kind.__name__}: add its potentials, its enumerator and its expectations to "
            "POTENTIALS, ENUMERATORS and EXPECTATIONS in tests/structures/samples.py."
        )
    return POTENTIALS[kind]


def close(actual: Any, expected: Any, tolerance: float = 1e-10) -> None:
    """Asserts that two numbers, arrays or tensors agree in shape and value; NaN agrees with nothing."""
    np.testing.assert_allclose(
        np.asarray(actual), np.asarray(expected), rtol=tolerance, atol=tolerance, equal_nan=False
    )
    assert np.shape(actual) == np.shape(expected)


def _enumerate_one(sample: Sample) -> Enumerated:
    arrays = {
        name: (value[0] if "batch" in axes_of(sample.kind)[name] else value).detach().numpy()
        for name, value in sample.potentials.items()
    }
    return ENUMERATORS[sample.kind](arrays, sample.labels)
