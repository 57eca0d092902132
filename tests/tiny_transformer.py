"""A BERT of a few hundred random weights with its word pieces, as a local directory: nothing is downloaded."""

from pathlib import Path

import torch
from transformers import BertConfig, BertModel, BertTokenizerFast

WORD_PIECES = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "a",
    "b",
    "anna",
    "move",
    "##d",
    "to",
    "oslo",
    ".",
]


def save_tiny_transformer(directory: Path) -> str:
    """Write the model and its tokenizer; return the directory as AllenNLP's `model_name`."""
    vocabulary = directory / "vocab.txt"
    vocabulary.write_text("\n".join(WORD_PIECES) + "\n")
    BertTokenizerFast(str(vocabulary), do_lower_case=True).save_pretrained(directory)
    torch.manual_seed(0)
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    BertModel(BertConfig(vocab_size=len(WORD_PIECES), **sizes)).save_pretrained(directory)
    return str(directory)
