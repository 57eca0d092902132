"""Names that huggingface_hub and transformers have removed are there for AllenNLP alone."""

import sys
from types import ModuleType
from typing import Dict, Set

import pytest
import torch
from allennlp.training.optimizers import Optimizer

from skd_plugin.compat import former_names


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Dict[str, ModuleType]:
    """Releases of both packages without the names."""
    packages = {name: ModuleType(name) for name in ("huggingface_hub", "transformers")}
    for name, package in packages.items():
        monkeypatch.setitem(sys.modules, name, package)
    return packages


def names_in(packages: Dict[str, ModuleType]) -> Set[str]:
    return {name for package in packages.values() for name in vars(package) if not name.startswith("__")}


def test_names_are_there_only_inside(newer):
    with former_names.of_huggingface_hub(), former_names.of_transformers():
        assert names_in(newer) == {"AdamW", "HfFolder", "Repository"}
    assert names_in(newer) == set()


def test_a_name_that_is_still_there_is_left_alone(newer):
    newer["transformers"].AdamW = theirs = object()
    with former_names.of_transformers():
        assert newer["transformers"].AdamW is theirs
    assert newer["transformers"].AdamW is theirs


def test_a_name_of_an_older_hub_says_what_to_install(newer):
    with former_names.of_huggingface_hub():
        repository = newer["huggingface_hub"].Repository
    with pytest.raises(ImportError, match="has not had it since 1.0.* run: pip install 'huggingface_hub<1'"):
        repository("folder", clone_from="someone/model")


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_adamw_is_that_of_the_papers(newer, weight_decay):
    """Loshchilov and Hutter (2019), Algorithm 2, with the bias corrections of Adam."""
    with former_names.of_transformers():
        kind = newer["transformers"].AdamW
    parameter = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    optimizer = kind([parameter], lr=0.1, betas=(0.8, 0.9), eps=1e-6, weight_decay=weight_decay)
    value, first, second = parameter.detach().clone(), torch.zeros(2), torch.zeros(2)
    for step in range(1, 6):
        gradient = 2 * value
        first, second = 0.8 * first + 0.2 * gradient, 0.9 * second + 0.1 * gradient**2
        update = first / (1 - 0.8**step) / ((second / (1 - 0.9**step)).sqrt() + 1e-6)
        value = value - 0.1 * (update + weight_decay * value)
        parameter.grad = 2 * parameter.detach()
        optimizer.step()
    assert torch.allclose(parameter, value, rtol=1e-9)


def test_an_option_that_torch_does_not_offer_is_refused(newer):
    with former_names.of_transformers():
        kind = newer["transformers"].AdamW
    with pytest.raises(ValueError, match="`correct_bias` is False.* Leave the option out, or run: pip install"):
        kind([torch.nn.Parameter(torch.zeros(1))], correct_bias=False)


def test_the_optimizer_of_that_name_trains():
    parameter = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = Optimizer.by_name("huggingface_adamw")([("weight", parameter)], lr=0.1)
    (parameter**2).sum().backward()
    optimizer.step()
    assert parameter < 1
