"""One command compiles the kernels of every factorization."""

import pytest
import torch

from skd_plugin.structures.compile_kernels import compile_kernels, factorizations
from tests.structures.samples.kinds import POTENTIALS


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_every_factorization_is_asked(dtype: torch.dtype):
    asked = list(factorizations(dtype, scale=1.0))
    assert {type(one) for one in asked} == set(POTENTIALS)
    for one in asked:
        potentials = [getattr(one, name) for name in (*one.sentence_potentials, *one.shared_potentials)]
        given = [potential for potential in potentials if potential is not None]
        assert {potential.dtype for potential in given if potential.is_floating_point()} == {dtype}


def test_the_command():
    compile_kernels()
