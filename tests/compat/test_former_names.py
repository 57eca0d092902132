"""A name that transformers has removed is there for AllenNLP."""

import sys
from types import ModuleType

import pytest
import torch
from allennlp.training.optimizers import Optimizer

from skd_plugin.compat.former_names import make_adamw
from skd_plugin.compat.stand_ins import StandIn


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A release without the name."""
    package = ModuleType("transformers")
    monkeypatch.setitem(sys.modules, "transformers", package)
    return package


def test_the_name_is_not_added_to_the_package(newer):
    assert isinstance(StandIn.of("transformers", "AdamW")([torch.nn.Parameter(torch.zeros(1))]), make_adamw())
    assert not hasattr(newer, "AdamW")


def test_a_name_that_is_still_there_is_left_alone(newer):
    newer.AdamW = lambda: "theirs"
    assert StandIn.of("transformers", "AdamW")() == "theirs"


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_adamw_is_that_of_the_papers(weight_decay):
    """Loshchilov and Hutter (2019), Algorithm 2, with the bias corrections of Adam."""
    parameter = torch.nn.Parameter(torch.tensor([1.0, -2.0], dtype=torch.float64))
    optimizer = make_adamw()([parameter], lr=0.1, betas=(0.8, 0.9), eps=1e-6, weight_decay=weight_decay)
    value, first, second = parameter.detach().clone(), torch.zeros(2), torch.zeros(2)
    for step in range(1, 6):
        gradient = 2 * value
        first, second = 0.8 * first + 0.2 * gradient, 0.9 * second + 0.1 * gradient**2
        update = first / (1 - 0.8**step) / ((second / (1 - 0.9**step)).sqrt() + 1e-6)
        value = value - 0.1 * (update + weight_decay * value)
        parameter.grad = 2 * parameter.detach()
        optimizer.step()
    assert torch.allclose(parameter, value, rtol=1e-9)


def test_an_option_that_torch_does_not_offer_is_refused():
    with pytest.raises(ValueError, match="`correct_bias` is False.* Leave the option out, or run: pip install"):
        make_adamw()([torch.nn.Parameter(torch.zeros(1))], correct_bias=False)


@pytest.mark.parametrize(
    "name, options",
    [("huggingface_adamw", {"lr": 0.1}), ("huggingface_adafactor", {"lr": 0.1, "relative_step": False})],
)
def test_the_optimizers_of_transformers_train(name, options):
    parameter = torch.nn.Parameter(torch.tensor([1.0]))
    optimizer = Optimizer.by_name(name)([("weight", parameter)], **options)
    assert isinstance(optimizer, Optimizer) and isinstance(optimizer, torch.optim.Optimizer)
    (parameter**2).sum().backward()
    optimizer.step()
    assert parameter < 1
