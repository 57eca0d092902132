"""How many word pieces an encoder of transformers reads at once."""

import torch

UNLIMITED = 1 << 40


def positions_of(encoder: torch.nn.Module) -> int:
    """
    How many word pieces have a position of their own. An encoder that counts distances has no such limit, which is
    `UNLIMITED`.
    """
    tables = [
        table
        for name, table in encoder.named_modules()
        if name.endswith("position_embeddings") and isinstance(table, torch.nn.Embedding)
    ]
    # RoBERTa and its relatives count positions from the one after the padding's.
    sizes = [table.num_embeddings - (0 if table.padding_idx is None else table.padding_idx + 1) for table in tables]
    return min(sizes, default=UNLIMITED)
