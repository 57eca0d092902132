"""A frozen table of vectors, from a file, which afterwards travels in the archive with the words or word pieces."""

from typing import Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data.vocabulary import Vocabulary
from torch import Tensor

from skd_plugin.compat.options import CheckedOptions
from skd_plugin.inputs.entries import NAMESPACE, add_entries, description_in
from skd_plugin.inputs.vector_file import read_vectors

LARGEST = 127


class StaticVectors(torch.nn.Module, CheckedOptions):
    """
    The vector of each word: the mean of its entries in a frozen table, through a linear layer.

    The table is scaled to a mean square of 1, so that the layer learns from any file at the same rate. It is a buffer
    of the model, of whole numbers from −127 to 127 with a scale for each column.

    # Parameters

    vocab : `Vocabulary`
    pretrained_file : `str`, optional (default = `None`)
        A file that `allennlp skd-vectors` has written, or one in the format of GloVe, word2vec or fastText, plain or
        compressed. A trained model does not need it: its words or word pieces are in the vocabulary.
    output_dim : `int`, optional (default = `64`)
        The number of features behind the linear layer.
    namespace : `str`, optional (default = `"static_vectors"`)
        The vocabulary's namespace of the words or word pieces.
    """

    table: Tensor
    scale: Tensor

    def __init__(
        self,
        vocab: Vocabulary,
        pretrained_file: Optional[str] = None,
        output_dim: int = 64,
        namespace: str = NAMESPACE,
    ) -> None:
        super().__init__()
        table = _empty_table(vocab, namespace) if pretrained_file is None else _table(pretrained_file, vocab, namespace)
        scale = table.abs().amax(0) / LARGEST
        self.register_buffer("table", (table / scale.clamp(min=1e-12)).round().to(torch.int8))
        self.register_buffer("scale", scale)
        # Without a bias, so that a word without a vector adds nothing.
        self.projection = torch.nn.Linear(table.shape[1], output_dim, bias=False)

    def get_output_dim(self) -> int:
        return self.projection.out_features

    def forward(self, entries: Tensor) -> Tensor:
        """The vectors of words, (words, features), from the ids of their entries, (words, entries), padded with 0."""
        words, columns = entries.nonzero(as_tuple=True)
        # Sums of whole numbers are exact in any order.
        sums = self.scale.new_zeros(len(entries), self.table.shape[1])
        sums.index_add_(0, words, self.table[entries[words, columns]].to(sums.dtype))
        means = sums / entries.ne(0).sum(1, keepdim=True).clamp(min=1)
        return self.projection(means * self.scale)


def _table(path: str, vocab: Vocabulary, namespace: str) -> Tensor:
    vectors = read_vectors(path)
    rows = torch.tensor(add_entries(vectors, vocab, namespace), dtype=torch.long)
    table = _empty_table(vocab, namespace)
    scale = vectors.table.float().square().mean().sqrt().clamp(min=1e-12)
    table[rows] = vectors.table.float() / scale
    return table


def _empty_table(vocab: Vocabulary, namespace: str) -> Tensor:
    description = description_in(vocab, namespace)
    if description is None:
        raise ConfigurationError(
            f"`vectors` names no file, and the vocabulary has no static vectors in the namespace {namespace!r}. For a "
            "new model give a `pretrained_file`, or leave `vectors` out; a trained one needs the vocabulary of its run."
        )
    return torch.zeros(description.rows, description.dim)
