"""A property that is computed once, and whose gradient is never lost."""

from __future__ import annotations

from typing import Any, Callable, Generic, TypeVar, overload

import torch

Value = TypeVar("Value")


class differentiable_property(Generic[Value]):
    """
    Like `functools.cached_property`, for what depends on potentials and is differentiated.

    Under `torch.no_grad` the result has no gradient, so it is not kept: who asks for it later, with gradients, would be
    given a loss that trains nothing.
    """

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> differentiable_property[Value]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...

    def __get__(self, instance: object | None, owner: type) -> differentiable_property[Value] | Value:
        if instance is None:
            return self
        # A kept value stands in the instance's dictionary, where Python finds it before it comes here.
        value = self._compute(instance)
        if torch.is_grad_enabled():
            instance.__dict__[self._name] = value
        return value
