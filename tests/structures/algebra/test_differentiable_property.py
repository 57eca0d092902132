"""A differentiable property is computed once with gradients, and not kept without."""

import torch

from skd_plugin.structures.algebra.differentiable_property import differentiable_property


class Square:
    def __init__(self) -> None:
        self.side = torch.ones(1, requires_grad=True)
        self.times = 0

    @differentiable_property
    def area(self) -> torch.Tensor:
        """The side times itself."""
        self.times += 1
        return self.side * self.side


def test_it_is_computed_once():
    square = Square()
    assert square.area is square.area
    assert square.times == 1


def test_what_has_no_gradient_is_not_kept():
    square = Square()
    with torch.no_grad():
        assert not square.area.requires_grad
    assert square.area.requires_grad


def test_what_has_a_gradient_serves_without_one_too():
    square = Square()
    kept = square.area
    with torch.no_grad():
        assert square.area is kept


def test_the_class_shows_its_documentation():
    assert Square.area.__doc__ == "The side times itself."
