"""A name that transformers has removed, and that AllenNLP 2.10.1 uses. A release that still has it is left alone."""

from functools import lru_cache
from typing import Any, Callable, Dict, Tuple


@lru_cache(maxsize=None)
def make_adamw() -> type:
    """`transformers.AdamW`, which was removed in 4.50."""
    # Imported on demand: this file is loaded wherever AllenNLP is imported.
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


MAKERS: Dict[str, Callable[[], type]] = {"transformers.AdamW": make_adamw}
