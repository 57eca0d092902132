"""
A file of static vectors: a table, and the words or the word pieces that its rows belong to.

The format is safetensors, which contains no pickle and is read without parsing numbers. The table is in half precision.
"""

import json
import os
from pathlib import Path
from typing import List, NamedTuple, Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from skd_plugin.compat.whole_files import whole_file
from skd_plugin.inputs.text_vectors import read_binary, read_text

FORMAT = "skd_plugin vectors 1"
ENDING = ".safetensors"
BINARY_ENDING = ".bin"
TABLE = "vectors"


class Vectors(NamedTuple):
    """
    # Parameters

    table : `Tensor`
        The vectors, (entries, dim).
    words : `List[str]`
        The word of each row, in a table of words.
    tokenizer : `str`
        The transformer's tokenizer in the JSON of the library `tokenizers`, in a table of word pieces; a row's number
        is the id of its piece.
    """

    table: Tensor
    words: List[str]
    tokenizer: str = ""


def read_vectors(path: str, most: Optional[int] = None) -> Vectors:
    """
    The vectors in a file of `allennlp skd-vectors` (`*.safetensors`), in the binary format of word2vec (`*.bin`), or in
    the text format of GloVe, word2vec or fastText, plain or compressed. `path` may be an address.

    `most` is the largest number of words that are read; None reads all. Raises `ConfigurationError`.
    """
    if path.endswith(ENDING):
        vectors = _read_own(path)
        return vectors._replace(table=vectors.table[:most], words=vectors.words[:most]) if vectors.words else vectors
    words, table = (read_binary if path.endswith(BINARY_ENDING) else read_text)(path, most)
    return Vectors(torch.from_numpy(table), words)


def write_vectors(vectors: Vectors, path: Path) -> None:
    """Writes the file completely or not at all."""
    metadata = {"format": FORMAT, "words": json.dumps(vectors.words), "tokenizer": vectors.tokenizer}
    with whole_file(path, writer=str(os.getpid())) as unfinished:
        save_file({TABLE: vectors.table.half().contiguous()}, unfinished, metadata)


def _read_own(path: str) -> Vectors:
    try:
        with safe_open(cached_path(path), "pt") as file:
            metadata = file.metadata() or {}
            is_ours = metadata.get("format") == FORMAT
            vectors = Vectors(file.get_tensor(TABLE), json.loads(metadata["words"]), metadata["tokenizer"])
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise _not_ours(path, f"{type(error).__name__}: {error}") from error
    if not is_ours or vectors.table.dim() != 2 or (vectors.words and len(vectors.words) != len(vectors.table)):
        raise _not_ours(path, f"the format is {metadata.get('format')!r}, the table {tuple(vectors.table.shape)}")
    return vectors


def _not_ours(path: str, fault: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path} is not a file of static vectors ({fault}), expected what `allennlp skd-vectors SOURCE --output FILE` "
        "writes. Make it again, or give a file in the format of GloVe, word2vec or fastText, under another ending."
    )
