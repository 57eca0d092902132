"""Static vectors from a transformer: for each of its word pieces, the row of its input table, or its own output."""

from typing import Any, List, Tuple

import torch
from allennlp.common.checks import ConfigurationError
from torch import Tensor

from skd_plugin.inputs.vector_file import Vectors

BATCH = 256


def piece_vectors(transformer: Any, tokenizer: Any, outputs: bool = False) -> Vectors:
    """
    A vector for each word piece.

    # Parameters

    transformer : `transformers.PreTrainedModel`
    tokenizer : `transformers.PreTrainedTokenizerBase`
        One on the library `tokenizers`.
    outputs : `bool`, optional (default = `False`)
        Whether the vector of a piece is what the transformer gives for a text that has only this piece, and not the row
        of the input table.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ConfigurationError(
            f"The tokenizer of this transformer is of type {type(tokenizer).__name__}, expected one on the library "
            "`tokenizers`, with which words are cut into pieces without the transformer. Give another transformer."
        )
    settings = type(backend).from_str(backend.to_str())
    settings.no_padding()
    settings.no_truncation()
    size = max(settings.get_vocab(with_added_tokens=True).values()) + 1
    table = transformer.get_input_embeddings().weight.detach()
    size = min(size, len(table))
    vectors = _outputs(transformer, settings, size) if outputs else table[:size]
    return Vectors(vectors.float().cpu(), [], settings.to_str())


def reduced(vectors: Vectors, dim: int) -> Tuple[Vectors, float]:
    """
    The vectors on their first `dim` principal components, and how much of their variance that keeps.

    The vector of a word is the mean of those of its pieces, before as after.
    """
    table = vectors.table.double()
    if not 1 <= dim <= table.shape[1]:
        raise ConfigurationError(f"The vectors have {table.shape[1]} numbers, and cannot be reduced to {dim}.")
    centered = table - table.mean(0)
    variances, directions = torch.linalg.eigh(centered.T @ centered / len(table))
    first = directions[:, -dim:].flip(1)
    kept = variances[-dim:].sum() / variances.sum().clamp(min=1e-300)
    return vectors._replace(table=(centered @ first).float()), kept.item()


@torch.no_grad()
def _outputs(transformer: Any, tokenizer: Any, size: int) -> Tensor:
    """What the transformer gives for each piece, between the special tokens of a text."""
    before, after = _special_tokens(tokenizer)
    device = transformer.get_input_embeddings().weight.device
    training = transformer.training
    transformer.eval()
    batches = []
    for pieces in torch.arange(size, device=device).split(BATCH):
        columns = [*(pieces.new_tensor(before).unbind()), pieces, *(pieces.new_tensor(after).unbind())]
        ids = torch.stack([column.expand(len(pieces)) for column in columns], 1)
        states = transformer(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        batches.append(states[:, len(before)])
    transformer.train(training)
    return torch.cat(batches)


def _special_tokens(tokenizer: Any) -> Tuple[List[int], List[int]]:
    """The special tokens at the beginning and at the end of a text."""
    text = tokenizer.encode("a")
    special = text.special_tokens_mask
    inside = [position for position, is_special in enumerate(special) if not is_special]
    if not inside:
        return [], []
    return text.ids[: inside[0]], text.ids[inside[-1] + 1 :]
