"""A table of what is computed of each word once, where the embedder ignores a word's context."""

import os
from threading import Lock
from typing import Any, Collection, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple
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
from skd_plugin.modules import BiLstm
from skd_plugin.serving.docs.units import Unit
from skd_plugin.serving.model.indexing import Inputs, Sentence, index_sentences

MAX_WORDS = 1 << 16
MAX_BYTES = 1 << 26
"""The most memory for what is known of words. A full table is emptied."""
MANY_SENTENCES = 48
"""From this number of sentences on, an LSTM is faster that takes the gates of words from a table."""
MAX_BATCH = 1024
"""The most words that are embedded at a time."""


class KnownWords:
    """
    The ids of words, from 1, by the hashes of their texts; and what is known of each. Words are only added.

    A thread may look words up while another one adds some, if it takes `ids` before `tables`.

    # Parameters

    padding : `Sequence[Tensor]`
        The row with the id 0 of each table, shape (1, ...).
    """

    def __init__(self, padding: Sequence[Tensor]) -> None:
        self.ids: Dict[int, int] = {}
        self.tables = tuple(padding)
        self._bytes_per_word = sum(row.numel() * row.element_size() for row in padding)

    @property
    def max_words(self) -> int:
        """The most words that there is room for."""
        return min(MAX_WORDS, MAX_BYTES // max(1, self._bytes_per_word))

    def add(self, words: Iterable[int], rows: Sequence[Tensor]) -> None:
        """Adds words that are new, in time that does not depend on how many there are already."""
        start = len(self.ids) + 1
        end = start + len(rows[0])
        if end > len(self.tables[0]):
            size = max(end, min(2 * start, self.max_words + 1))
            self.tables = tuple(_grown(table, start, size) for table in self.tables)
        for table, new in zip(self.tables, rows):
            table[start:end] = new
        # The words become known last, and all at once.
        self.ids.update(zip(words, range(start, end)))


def _grown(table: Tensor, kept: int, size: int) -> Tensor:
    grown = table.new_empty(size, *table.shape[1:])
    grown[:kept] = table[:kept]
    return grown


class WordTable(TextFieldEmbedder):
    """
    Replaces an embedder, which it calls once for each word, and the encoder if it is given one.

    Its `inputs` contain the ids of the words, for the mask, and their vectors. In batches of many sentences an encoder
    reads the table of the words' gates instead.

    # Parameters

    embedder : `TextFieldEmbedder`
        An embedder for which `ignores_context` holds.
    reader : `SentenceReader`
    vocab : `Vocabulary`
    device : `torch.device`
    encoder : `BiLstm`, optional (default = `None`)
        The model's encoder. With it, the output is that of the encoder.
    """

    def __init__(
        self,
        embedder: TextFieldEmbedder,
        reader: SentenceReader,
        vocab: Vocabulary,
        device: torch.device,
        encoder: Optional[BiLstm] = None,
    ) -> None:
        super().__init__()
        self._embedder, self._reader, self._vocab, self._device = embedder, reader, vocab, device
        self._encoder = encoder
        self._known = self._nothing()
        self._lock = Lock()
        _TABLES.add(self)

    def get_output_dim(self) -> int:
        return (self._embedder if self._encoder is None else self._encoder).get_output_dim()

    def forward(self, text_field_input: TextFieldTensors) -> Tensor:  # type: ignore[override]
        words = text_field_input["words"]
        if self._encoder is None:
            return words["vectors"]
        mask = words["ids"] > 0
        if "gates" in words:
            return self._encoder.encode_known_words(words["gates"], words["ids"], mask)
        return self._encoder(words["vectors"], mask)

    def inputs(self, units: Sequence[Unit], upcoming: Sequence[Unit] = ()) -> Inputs:
        """
        The padded batch of the units. The id 0 is padding.

        If a word is new, the new words of `upcoming` units are learned with it, because many at a time cost less.
        """
        forms = np.concatenate([unit.forms for unit in units])
        try:
            ids, tables = self._look_up(forms)
        except KeyError:
            # Threads may share a pipeline. They wait only for each other's new words.
            with self._lock, torch.inference_mode():
                self._learn(units, upcoming)
                ids, tables = self._look_up(forms)
        lengths = np.array([len(unit.forms) for unit in units])
        padded = np.zeros((len(units), lengths.max()), dtype=np.int64)
        padded[np.arange(padded.shape[1]) < lengths[:, None]] = ids
        indices = torch.from_numpy(padded).to(self._device)
        words = {"ids": indices}
        if self._encoder is not None and len(units) >= MANY_SENTENCES:
            words["gates"] = tables[1]
        else:
            words["vectors"] = torch.nn.functional.embedding(indices, tables[0])
        return Inputs({"words": words}, [_Metadata(unit) for unit in units])

    def renew_lock(self) -> None:
        """For a forked process, whose copy of the lock may be held by a thread that it does not have."""
        self._lock = Lock()

    def _look_up(self, forms: np.ndarray) -> Tuple[np.ndarray, Tuple[Tensor, ...]]:
        """The id of each word, and what is known of all ids. Raises `KeyError` at a new word."""
        known = self._known
        ids = np.fromiter(map(known.ids.__getitem__, forms.tolist()), np.int64, len(forms))
        return ids, known.tables

    def _learn(self, units: Sequence[Unit], upcoming: Sequence[Unit]) -> None:
        """Adds the new words. If there is no room for all, those of `upcoming` units are left for later."""
        known, new = self._known, _words([*units, *upcoming], self._known.ids)
        if len(known.ids) + len(new) > known.max_words:
            new = _words(units, known.ids)
        if len(known.ids) + len(new) > known.max_words:
            known, new = self._nothing(), _words(units)
        texts = list(new.values())
        vectors = known.tables[0].new_empty(len(texts), known.tables[0].shape[1])
        for batch in batches_by_length(list(map(len, texts)), scored_words=1, sentences=MAX_BATCH):
            vectors[batch] = self._embed([texts[index] for index in batch])
        known.add(new, self._tables(vectors))
        self._known = known

    def _embed(self, words: List[str]) -> Tensor:
        """The vectors of the words, read as one sentence because the embedder ignores context."""
        tokens = index_sentences([Sentence(words)], self._reader, self._vocab).tokens
        return self._embedder(move_to_device(tokens, self._device)).squeeze(0)

    def _tables(self, vectors: Tensor) -> List[Tensor]:
        """What is known of words with these vectors: themselves, and the gates if there is an encoder."""
        return [vectors] if self._encoder is None else [vectors, self._encoder.gates(vectors)]

    def _nothing(self) -> KnownWords:
        with torch.inference_mode():
            return KnownWords(self._tables(torch.zeros(1, self._embedder.get_output_dim(), device=self._device)))


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
