"""Training a tiny model until it is sure of the gold structures of a batch."""

from typing import Any, Dict

import pytest
import torch
from allennlp.models import Model

STEPS = 1000
# Together; each gold structure is then more probable than all others.
PROBABILITY = 0.6


def learn(model: Model, batch: Dict[str, Any], rate: float) -> None:
    """Trains with Adam; a test fails whose model does not learn the gold structures in STEPS steps."""
    optimizer = torch.optim.Adam(model.train().parameters(), lr=rate)
    for _ in range(STEPS):
        loss = model(**batch)["loss"]
        # The loss is averaged over all sentences, also those without gold.
        if (-len(batch["metadata"]) * loss).exp() > PROBABILITY:
            model.eval()
            return
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    pytest.fail(f"The loss is {loss.item():.3f} after {STEPS} steps.")
