"""Which sentences have well-formed BIOUL tags: every y_{i−1} y_i is allowed, and so are y_1 and y_n."""

from __future__ import annotations

import torch
from torch import Tensor

from skd_plugin.structures import bioul


def well_formed(ids: Tensor, mask: Tensor, labels: tuple[str, ...]) -> Tensor:
    """Of label ids (batch, n), 0 on padding: bool, shape (batch,). The mask may leave out whole sentences."""
    steps, start, end = (torch.from_numpy(allowed).to(ids.device) for allowed in bioul.legal(labels))
    follows = torch.cat([start[ids[:, :1]], steps[ids[:, :-1], ids[:, 1:]]], 1)
    last = mask & ~torch.nn.functional.pad(mask[:, 1:], (0, 1))
    return ~((mask & ~follows) | (last & ~end[ids])).any(1)
