"""Embeds the features of words, and mixes them."""

from typing import Any, List, Optional

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data.vocabulary import Vocabulary
from allennlp.modules.maxout import Maxout
from allennlp.modules.token_embedders.embedding import Embedding
from allennlp.modules.token_embedders.token_embedder import TokenEmbedder
from torch import Tensor

from skd_plugin.compat.options import CheckedOptions
from skd_plugin.inputs.features import WordFeatures
from skd_plugin.inputs.static_vectors import StaticVectors
from skd_plugin.inputs.unique_rows import unique_rows

BEGINNING = 0.25
"""The standard deviation of the vectors of features before training."""


@TokenEmbedder.register("skd_word_features")
class WordFeaturesEmbedder(CheckedOptions, TokenEmbedder):
    """
    The vector of a word, from the features that a `WordFeaturesIndexer` gives, and from static vectors if wanted.

    Each feature has a table of its own. The vectors from the tables are put beside each other and mixed by a maxout
    layer (Goodfellow et al. 2013) with layer normalization. In training each word of a batch is computed once, however
    often it is there. A word's vector does not depend on the words around it.

    Registered as a `TokenEmbedder` with name "skd_word_features".

    # Parameters

    vocab : `Vocabulary`
    word_dim : `int`, optional (default = `64`)
        The size of the vector of a word in lower case.
    feature_dim : `int`, optional (default = `32`)
        The size of the vectors of each prefix, suffix and shape.
    output_dim : `int`, optional (default = `96`)
        The size of the mixed vector.
    maxout_pieces : `int`, optional (default = `3`)
        How many linear functions of its input each unit of the maxout layer is the maximum of.
    prefixes : `List[int]`, optional (default = `[1, 3]`)
        The indexer's.
    suffixes : `List[int]`, optional (default = `[2, 3]`)
        The indexer's.
    vectors : `StaticVectors`, optional (default = `None`)
        Static vectors, such as `{"pretrained_file": "vectors.safetensors"}`.
    dropout : `float`, optional (default = `0.0`)
        Applied to the mixed vector of each word in the text.
    """

    def __init__(
        self,
        vocab: Vocabulary,
        word_dim: int = 64,
        feature_dim: int = 32,
        output_dim: int = 96,
        maxout_pieces: int = 3,
        prefixes: Optional[List[int]] = None,
        suffixes: Optional[List[int]] = None,
        vectors: Optional[StaticVectors] = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        namespaces = WordFeatures(prefixes, suffixes).namespaces
        sizes = [word_dim, *(len(namespaces) - 1) * [feature_dim]]
        self.tables = torch.nn.ModuleDict({name: _Table(vocab, name, size) for name, size in zip(namespaces, sizes)})
        self.vectors = vectors
        mixed = sum(sizes) + (0 if vectors is None else vectors.get_output_dim())
        self.mix = Maxout(mixed, num_layers=1, output_dims=output_dim, pool_sizes=maxout_pieces)
        self.norm = torch.nn.LayerNorm(output_dim)
        self.dropout = torch.nn.Dropout(dropout)

    def get_output_dim(self) -> int:
        return self.mix.get_output_dim()

    def forward(self, features: Tensor, entries: Optional[Tensor] = None) -> Tensor:
        """
        The vectors of the words, (…, n, output).

        # Parameters

        features : `Tensor`
            The ids of the features, (…, n, features).
        entries : `Tensor`, optional (default = `None`)
            The ids of the entries in the table of static vectors, (…, n, entries), padded with 0.
        """
        self._check(features, entries)
        ids = features if self.vectors is None or entries is None else torch.cat([features, entries], -1)
        rows = ids.flatten(0, -2)
        if self.training:
            different, numbers = unique_rows(rows)
            embedded = torch.nn.functional.embedding(numbers, self._embed(different))
        else:
            embedded = self._embed(rows)
        return self.dropout(embedded.unflatten(0, ids.shape[:-1]))

    def _embed(self, rows: Tensor) -> Tensor:
        """The vectors (words, output) from the ids (words, features and entries)."""
        columns = [table(rows[:, column]) for column, table in enumerate(self.tables.values())]
        if self.vectors is not None:
            columns.append(self.vectors(rows[:, len(self.tables) :]))
        mixed: Tensor = self.norm(self.mix(torch.cat(columns, -1)))
        return mixed

    def _check(self, features: Tensor, entries: Optional[Tensor]) -> None:
        if features.shape[-1] != len(self.tables):
            raise ConfigurationError(
                f"The indexer skd_word_features gives {features.shape[-1]} features of a word, and the embedder of "
                f"this name has {len(self.tables)}: {', '.join(self.tables)}. Give both the same `prefixes` and "
                "`suffixes`."
            )
        if self.vectors is not None and entries is None:
            raise ConfigurationError(
                "The embedder skd_word_features has static vectors, but its indexer gives no entries of words in their "
                "table. Give the indexer, as `vectors_namespace`, the `namespace` of the embedder's `vectors`."
            )


class _Table(Embedding):
    """
    The vectors of a feature.

    They begin almost as large as the static vectors behind their linear layer. AllenNLP's own begin the smaller the
    more there are, and in the short training of a student they remain behind the static vectors.
    """

    def __init__(self, vocab: Vocabulary, namespace: str, size: int) -> None:
        super().__init__(size, vocab=vocab, vocab_namespace=namespace, padding_index=0)
        self._begin(1)

    def extend_vocab(self, extended_vocab: Vocabulary, *args: Any, **kwargs: Any) -> None:
        first_new = self.num_embeddings
        super().extend_vocab(extended_vocab, *args, **kwargs)
        self._begin(first_new)

    def _begin(self, first: int) -> None:
        torch.nn.init.normal_(self.weight.detach()[first:], std=BEGINNING)
