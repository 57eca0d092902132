"""A table of word vectors, each computed once, for embedders that ignore a word's context."""

from threading import Lock
from typing import Dict, Iterable, List, Mapping, Sequence

import numpy as np
import torch
from allennlp.data.fields.text_field import TextFieldTensors
from allennlp.data.token_indexers.single_id_token_indexer import SingleIdTokenIndexer
from allennlp.data.token_indexers.token_characters_indexer import TokenCharactersIndexer
from allennlp.data.token_indexers.token_indexer import TokenIndexer
from allennlp.data.vocabulary import Vocabulary
from allennlp.modules.text_field_embedders.basic_text_field_embedder import BasicTextFieldEmbedder
from allennlp.modules.text_field_embedders.text_field_embedder import TextFieldEmbedder
from allennlp.modules.token_embedders.embedding import Embedding
from allennlp.modules.token_embedders.token_characters_encoder import TokenCharactersEncoder
from allennlp.nn.util import move_to_device
from torch import Tensor

from skd_plugin.data.readers.sentence_reader import SentenceReader
from skd_plugin.models.batches import batches_by_length
from skd_plugin.serving.model.indexing import Inputs, Sentence, index_sentences

MAX_WORDS = 1 << 16


class WordTable(TextFieldEmbedder):
    """
    Replaces an embedder, which it calls once for each word. Its `inputs` contain the vectors, and ids for the mask.

    # Parameters

    embedder : `TextFieldEmbedder`
        An embedder for which `ignores_context` holds.
    reader : `SentenceReader`
    vocab : `Vocabulary`
    device : `torch.device`
    """

    def __init__(
        self, embedder: TextFieldEmbedder, reader: SentenceReader, vocab: Vocabulary, device: torch.device
    ) -> None:
        super().__init__()
        self._embedder, self._reader, self._vocab, self._device = embedder, reader, vocab, device
        self._ids: Dict[str, int] = {}
        self._vectors = self._padding()
        # Threads may share a pipeline, and ids and vectors must grow together.
        self._lock = Lock()

    def get_output_dim(self) -> int:
        return self._embedder.get_output_dim()

    def forward(self, text_field_input: TextFieldTensors) -> Tensor:  # type: ignore[override]
        return text_field_input["words"]["vectors"]

    def inputs(self, sentences: Sequence[Sentence]) -> Inputs:
        """The padded batch of the sentences. The id 0 is padding."""
        ids = np.zeros((len(sentences), max(len(sentence.words) for sentence in sentences)), dtype=np.int64)
        with self._lock:
            self._learn({word for sentence in sentences for word in sentence.words})
            table = self._vectors
            for row, sentence in zip(ids, sentences):
                row[: len(sentence.words)] = [self._ids[word] for word in sentence.words]
        indices = torch.from_numpy(ids).to(self._device)
        vectors = torch.nn.functional.embedding(indices, table)
        metadata = [{"words": s.words, "upos": s.upos[0] if s.upos else None} for s in sentences]
        return Inputs({"words": {"ids": indices, "vectors": vectors}}, metadata)

    def _learn(self, words: Iterable[str]) -> None:
        new = [word for word in words if word not in self._ids]
        if len(self._ids) + len(new) > MAX_WORDS:
            self._ids, self._vectors, new = {}, self._padding(), list(words)
        if not new:
            return
        vectors = self._vectors.new_empty(len(new), self._vectors.shape[1])
        for batch in batches_by_length([len(word) for word in new], scored_words=1):
            vectors[batch] = self._embed([new[index] for index in batch])
        self._ids.update(zip(new, range(len(self._vectors), len(self._vectors) + len(new))))
        self._vectors = torch.cat([self._vectors, vectors])

    def _embed(self, words: List[str]) -> Tensor:
        """The vectors of the words, read as one sentence because the embedder ignores context."""
        tokens = index_sentences([Sentence(words)], self._reader, self._vocab).tokens
        return self._embedder(move_to_device(tokens, self._device)).squeeze(0)

    def _padding(self) -> Tensor:
        """The vector with the id 0."""
        return torch.zeros(1, self.get_output_dim(), device=self._device)


def ignores_context(embedder: TextFieldEmbedder, indexers: Mapping[str, TokenIndexer]) -> bool:
    """Whether a word's vector depends only on the word's text."""
    return type(embedder) is BasicTextFieldEmbedder and all(
        _reads_text_only(getattr(embedder, f"token_embedder_{name}", None), indexer)
        for name, indexer in indexers.items()
    )


def _reads_text_only(embedder: object, indexer: TokenIndexer) -> bool:
    if getattr(indexer, "_start_tokens", None) or getattr(indexer, "_end_tokens", None):
        return False
    if type(indexer) is SingleIdTokenIndexer:
        return type(embedder) is Embedding and indexer._feature_name == "text"
    return type(indexer) is TokenCharactersIndexer and type(embedder) is TokenCharactersEncoder
