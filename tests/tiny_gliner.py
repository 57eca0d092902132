"""GLiNERs of a few hundred random weights with their word pieces, as local directories: nothing is downloaded."""

from pathlib import Path
from typing import Any

import torch
from transformers import BertConfig, BertTokenizerFast

from tests.tiny_transformer import WORD_PIECES

MARKS = ["<<ENT>>", "<<SEP>>"]


def save_tiny_gliner(directory: Path, positions: int = 64, **options: Any) -> Path:
    """Writes a model with the given options of a `GLiNERConfig`, and returns the directory."""
    from gliner import GLiNER, GLiNERConfig

    directory.mkdir()
    (directory / "vocab.txt").write_text("\n".join(WORD_PIECES) + "\n")
    tokenizer = BertTokenizerFast(str(directory / "vocab.txt"), do_lower_case=True)
    tokenizer.add_tokens(MARKS, special_tokens=True)
    tokenizer.save_pretrained(directory)
    encoder = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=positions,
    ).to_dict()
    sizes = {"hidden_size": 8, "max_width": 3, "max_len": 20, "vocab_size": len(tokenizer), "class_token_index": 13}
    if "labels_encoder" in options:
        options["labels_encoder_config"] = encoder
    config = GLiNERConfig(model_name=str(directory), encoder_config=encoder, **{**sizes, **options})
    torch.manual_seed(0)
    model = GLiNER.from_config(config, backbone_from_pretrained=False)
    # GLiNER's own initial weights are so small that all logits would be nearly the same.
    for weights in model.model.parameters():
        if weights.dim() > 1:
            torch.nn.init.normal_(weights, std=0.3)
    model.save_pretrained(directory)
    return directory
