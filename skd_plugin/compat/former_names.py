"""
Names that huggingface_hub and transformers have removed, and that AllenNLP 2.10.1 imports.

Each is there only while the one module of AllenNLP that imports it is executed. A name that the installed release still
has is left alone.
"""

from contextlib import contextmanager
from types import ModuleType
from typing import Any, Callable, Iterator, Tuple

from skd_plugin.compat.placeholders import Placeholder


@contextmanager
def of_huggingface_hub() -> Iterator[None]:
    """`HfFolder` and `Repository`, which huggingface_hub 1.0 removed. Only `allennlp push-to-hf` uses them."""
    import huggingface_hub

    with _present(huggingface_hub, HfFolder=_needs_an_older_hub, Repository=_needs_an_older_hub):
        yield


@contextmanager
def of_transformers() -> Iterator[None]:
    """`AdamW`, which transformers 4.50 removed."""
    import transformers

    with _present(transformers, AdamW=_make_adamw):
        yield


def _needs_an_older_hub(name: str) -> type:
    return Placeholder.of(
        "huggingface_hub", name, "huggingface_hub has not had it since 1.0", "pip install 'huggingface_hub<1'"
    )


def _make_adamw(name: str) -> type:
    # Imported on demand: the module is needed wherever AllenNLP is imported, and this class only by one of its parts.
    import torch

    class AdamW(torch.optim.AdamW):
        """
        The optimizer of this name that transformers had, with its arguments and defaults.

        The two differ in the order of operations only. Raises `ValueError` for `correct_bias=False`, which torch's
        class does not offer.
        """

        def __init__(
            self,
            params: Any,
            lr: float = 1e-3,
            betas: Tuple[float, float] = (0.9, 0.999),
            eps: float = 1e-6,
            weight_decay: float = 0.0,
            correct_bias: bool = True,
        ) -> None:
            if not correct_bias:
                raise ValueError(
                    "`correct_bias` is False, which transformers has not offered since 4.50. Leave the option out, or "
                    "run: pip install 'transformers<4.50'"
                )
            super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    return AdamW


@contextmanager
def _present(package: ModuleType, **makers: Callable[[str], type]) -> Iterator[None]:
    missing = {name: make(name) for name, make in makers.items() if not hasattr(package, name)}
    for name, value in missing.items():
        setattr(package, name, value)
    try:
        yield
    finally:
        for name in missing:
            delattr(package, name)
