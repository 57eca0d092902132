"""A table of word vectors, each computed once, for embedders that ignore a word's context."""

import os
from threading import Lock
from typing import Any, Collection, Dict, Iterable, List, Mapping, Sequence, Tuple
from weakref import WeakSet

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
from skd_plugin.inputs import WordFeaturesEmbedder, WordFeaturesIndexer
from skd_plugin.models.batches import batches_by_length
from skd_plugin.serving.docs.units import Unit
from skd_plugin.serving.model.indexing import Inputs, Sentence, index_sentences

MAX_WORDS = 1 << 16
MAX_BATCH = 1024
"""The most words that are embedded at a time."""


class KnownWords:
    """
    The ids of words, from 1, by the hashes of their texts; and their vectors. Words are only added.

    A thread may look words up while another one adds some, if it takes `ids` before `vectors`.

    # Parameters

    padding : `Tensor`
        The vector with the id 0, shape (1, features).
    """

    def __init__(self, padding: Tensor) -> None:
        self.ids: Dict[int, int] = {}
        self.vectors = padding

    def add(self, words: Iterable[int], vectors: Tensor) -> None:
        """Adds words that are new, in time that does not depend on how many there are already."""
        start = len(self.ids) + 1
        end = start + len(vectors)
        if end > len(self.vectors):
            grown = vectors.new_empty(max(end, 2 * start), vectors.shape[1])
            grown[:start] = self.vectors[:start]
            self.vectors = grown
        self.vectors[start:end] = vectors
        # The words become known last, and all at once.
        self.ids.update(zip(words, range(start, end)))


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
        self._known = self._nothing()
        self._lock = Lock()
        _TABLES.add(self)

    def get_output_dim(self) -> int:
        return self._embedder.get_output_dim()

    def forward(self, text_field_input: TextFieldTensors) -> Tensor:  # type: ignore[override]
        return text_field_input["words"]["vectors"]

    def inputs(self, units: Sequence[Unit], upcoming: Sequence[Unit] = ()) -> Inputs:
        """
        The padded batch of the units. The id 0 is padding.

        If a word is new, the new words of `upcoming` units are learned with it, because many at a time cost less.
        """
        forms = np.concatenate([unit.forms for unit in units])
        try:
            ids, table = self._look_up(forms)
        except KeyError:
            # Threads may share a pipeline. They wait only for each other's new words.
            with self._lock, torch.inference_mode():
                self._learn(units, upcoming)
                ids, table = self._look_up(forms)
        lengths = np.array([len(unit.forms) for unit in units])
        padded = np.zeros((len(units), lengths.max()), dtype=np.int64)
        padded[np.arange(padded.shape[1]) < lengths[:, None]] = ids
        indices = torch.from_numpy(padded).to(self._device)
        vectors = torch.nn.functional.embedding(indices, table)
        return Inputs({"words": {"ids": indices, "vectors": vectors}}, [_Metadata(unit) for unit in units])

    def renew_lock(self) -> None:
        """For a forked process, whose copy of the lock may be held by a thread that it does not have."""
        self._lock = Lock()

    def _look_up(self, forms: np.ndarray) -> Tuple[np.ndarray, Tensor]:
        """The id of each word, and the vectors of all ids. Raises `KeyError` at a new word."""
        known = self._known
        ids = np.fromiter(map(known.ids.__getitem__, forms.tolist()), np.int64, len(forms))
        return ids, known.vectors

    def _learn(self, units: Sequence[Unit], upcoming: Sequence[Unit]) -> None:
        """Adds the new words. If there is no room for all, those of `upcoming` units are left for later."""
        known, new = self._known, _words([*units, *upcoming], self._known.ids)
        if len(known.ids) + len(new) > MAX_WORDS:
            new = _words(units, known.ids)
        if len(known.ids) + len(new) > MAX_WORDS:
            known, new = self._nothing(), _words(units)
        texts = list(new.values())
        vectors = known.vectors.new_empty(len(texts), known.vectors.shape[1])
        for batch in batches_by_length(list(map(len, texts)), scored_words=1, sentences=MAX_BATCH):
            vectors[batch] = self._embed([texts[index] for index in batch])
        known.add(new, vectors)
        self._known = known

    def _embed(self, words: List[str]) -> Tensor:
        """The vectors of the words, read as one sentence because the embedder ignores context."""
        tokens = index_sentences([Sentence(words)], self._reader, self._vocab).tokens
        return self._embedder(move_to_device(tokens, self._device)).squeeze(0)

    def _nothing(self) -> KnownWords:
        return KnownWords(torch.zeros(1, self.get_output_dim(), device=self._device))


class _Metadata(Dict[str, Any]):
    """The tags and the words of a sentence. Few models ask for its words, which have to be made of their hashes."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(upos=unit.upos)
        self._unit = unit

    def __missing__(self, key: str) -> Any:
        if key != "words":
            raise KeyError(key)
        return self._unit.words


def _words(units: Sequence[Unit], known: Collection[int] = ()) -> Dict[int, str]:
    """The hashes and texts of the units' words that are not known."""
    return {form: unit.strings[form] for unit in units for form in set(unit.forms.tolist()).difference(known)}


_TABLES: "WeakSet[WordTable]" = WeakSet()


def _renew_locks() -> None:
    for table in _TABLES:
        table.renew_lock()


if hasattr(os, "register_at_fork"):  # not on Windows, which cannot fork
    os.register_at_fork(after_in_child=_renew_locks)


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
    if type(indexer) is WordFeaturesIndexer:
        return type(embedder) is WordFeaturesEmbedder
    return type(indexer) is TokenCharactersIndexer and type(embedder) is TokenCharactersEncoder
