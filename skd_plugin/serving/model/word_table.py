"""The vector of each word that was seen, computed once: for embedders to which a word's context makes no difference."""

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
from skd_plugin.serving.model.batches import batches
from skd_plugin.serving.model.indexing import Inputs, Sentence, indexed

MAX_WORDS = 1 << 16


class WordTable(TextFieldEmbedder):
    """
    In place of an embedder, which it asks about each word once; `inputs` brings the vectors, and the ids for the mask.

    # Parameters

    embedder : `TextFieldEmbedder`
        For which `by_word` holds.
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
        # Threads may share a pipeline, and ids and vectors have to grow together.
        self._lock = Lock()

    def get_output_dim(self) -> int:
        return self._embedder.get_output_dim()

    def forward(self, text_field_input: TextFieldTensors) -> Tensor:  # type: ignore[override]
        return text_field_input["words"]["vectors"]

    def inputs(self, sentences: Sequence[Sentence]) -> Inputs:
        """The padded batch of the sentences; 0 is padding."""
        ids = np.zeros((len(sentences), max(len(sentence.words) for sentence in sentences)), dtype=np.int64)
        with self._lock:
            self._learn({word for sentence in sentences for word in sentence.words})
            table = self._vectors
            for row, sentence in zip(ids, sentences):
                row[: len(sentence.words)] = [self._ids[word] for word in sentence.words]
        places = torch.from_numpy(ids).to(self._device)
        vectors = torch.nn.functional.embedding(places, table)
        metadata = [{"words": s.words, "upos": s.upos[0] if s.upos else None} for s in sentences]
        return Inputs({"words": {"ids": places, "vectors": vectors}}, metadata)

    def _learn(self, words: Iterable[str]) -> None:
        new = [word for word in words if word not in self._ids]
        if len(self._ids) + len(new) > MAX_WORDS:
            self._ids, self._vectors, new = {}, self._padding(), list(words)
        if not new:
            return
        vectors = self._vectors.new_empty(len(new), self._vectors.shape[1])
        for batch in batches([len(word) for word in new], quadratic=False):
            vectors[batch] = self._embedded([new[index] for index in batch])
        self._ids.update(zip(new, range(len(self._vectors), len(self._vectors) + len(new))))
        self._vectors = torch.cat([self._vectors, vectors])

    def _embedded(self, words: List[str]) -> Tensor:
        """As one sentence, whose words do not see each other."""
        tokens = indexed([Sentence(words)], self._reader, self._vocab).tokens
        return self._embedder(move_to_device(tokens, self._device)).squeeze(0)

    def _padding(self) -> Tensor:
        """The vector with the id 0."""
        return torch.zeros(1, self.get_output_dim(), device=self._device)


def by_word(embedder: TextFieldEmbedder, indexers: Mapping[str, TokenIndexer]) -> bool:
    """Whether a word's vector depends on the word's text alone."""
    return type(embedder) is BasicTextFieldEmbedder and all(
        _same_for_all(getattr(embedder, f"token_embedder_{name}", None), indexer) for name, indexer in indexers.items()
    )


def _same_for_all(embedder: object, indexer: TokenIndexer) -> bool:
    if getattr(indexer, "_start_tokens", None) or getattr(indexer, "_end_tokens", None):
        return False
    if type(indexer) is SingleIdTokenIndexer:
        return type(embedder) is Embedding and indexer._feature_name == "text"
    return type(indexer) is TokenCharactersIndexer and type(embedder) is TokenCharactersEncoder
