"""Indexes the features of words, and their entries in a table of static vectors."""

import weakref
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
import torch
from allennlp.data.token_indexers.token_indexer import IndexedTokenList, TokenIndexer
from allennlp.data.tokenizers import Token
from allennlp.data.vocabulary import Vocabulary

from skd_plugin.compat.options import CheckedOptions
from skd_plugin.inputs.entries import NAMESPACE, entries_in, namespaces_of
from skd_plugin.inputs.features import WordFeatures

MAX_WORDS = 1 << 18


@TokenIndexer.register("skd_word_features")
class WordFeaturesIndexer(CheckedOptions, TokenIndexer):
    """
    The ids of a word in lower case, its first and last letters, and its shape, for a `WordFeaturesEmbedder`.

    Each feature is counted in a namespace of the vocabulary: `words`, `prefixes_1`, `prefixes_3`, `suffixes_2`,
    `suffixes_3` and `shapes`. If the vocabulary has static vectors, the ids of the word's entries come in addition.

    Registered as a `TokenIndexer` with name "skd_word_features".

    # Parameters

    prefixes : `List[int]`, optional (default = `[1, 3]`)
        How many letters each prefix has.
    suffixes : `List[int]`, optional (default = `[2, 3]`)
        How many letters each suffix has.
    vectors_namespace : `str`, optional (default = `"static_vectors"`)
        The vocabulary's namespace of the static vectors.
    token_min_padding_length : `int`, optional (default = `0`)
        See `TokenIndexer`.
    """

    def __init__(
        self,
        prefixes: Optional[List[int]] = None,
        suffixes: Optional[List[int]] = None,
        vectors_namespace: str = NAMESPACE,
        token_min_padding_length: int = 0,
    ) -> None:
        super().__init__(token_min_padding_length)
        self._features = WordFeatures(prefixes, suffixes)
        self._namespaces = self._features.namespaces
        self._vectors_namespace = vectors_namespace
        self._known: Optional[_KnownWords] = None

    def count_vocab_items(self, token: Token, counter: Dict[str, Dict[str, int]]) -> None:
        for namespace, feature in zip(self._namespaces, self._features(token.ensure_text())):
            if feature:
                counter[namespace][feature] += 1

    def tokens_to_indices(self, tokens: List[Token], vocabulary: Vocabulary) -> IndexedTokenList:
        """`features` of shape (n, features), and `entries` of shape (n, entries), padded with 0, if there are any."""
        known = self._known_under(vocabulary)
        words = [known[token.ensure_text()] for token in tokens]
        features = np.array([word[0] for word in words], np.int64).reshape(len(words), len(self._namespaces))
        indexed: Dict[str, Any] = {"features": features}
        if known.has_vectors:
            indexed["entries"] = _padded([word[1] for word in words])
        return indexed

    def get_empty_token_list(self) -> IndexedTokenList:
        return {"features": []}

    def get_padding_lengths(self, indexed_tokens: IndexedTokenList) -> Dict[str, int]:
        lengths = {"features": max(len(indexed_tokens["features"]), self._token_min_padding_length)}
        if "entries" in indexed_tokens:
            entries: Any = indexed_tokens["entries"]
            lengths["entries"] = entries.shape[1]
        return lengths

    def as_padded_tensor_dict(
        self, tokens: IndexedTokenList, padding_lengths: Dict[str, int]
    ) -> Dict[str, torch.Tensor]:
        # The features come first, because AllenNLP takes the mask from there: only padding has the features 0.
        widths = {**padding_lengths, "features": len(self._namespaces)}
        return {
            name: _resized(tokens.get(name, []), padding_lengths["features"], widths[name])
            for name in ("features", "entries")
            if name in widths
        }

    def __getstate__(self) -> Dict[str, Any]:
        return {**self.__dict__, "_known": None}

    def _known_under(self, vocabulary: Vocabulary) -> "_KnownWords":
        known = self._known
        if known is None or not known.is_under(vocabulary):
            known = self._known = _KnownWords(self._features, vocabulary, self._vectors_namespace)
        return known


Ids = Tuple[List[int], Sequence[int]]
"""The ids of a word's features, and of its entries in the table of static vectors."""


class _KnownWords(Dict[str, Ids]):
    """The ids of words under a vocabulary as it is now, each computed once, when it is asked for."""

    def __init__(self, features: WordFeatures, vocabulary: Vocabulary, vectors_namespace: str) -> None:
        super().__init__()
        self._features = features
        self._namespaces = features.namespaces
        self._vocabulary = weakref.ref(vocabulary)
        self._all_namespaces = [*self._namespaces, *namespaces_of(vectors_namespace)]
        self._sizes = self._sizes_in(vocabulary)
        self._entries = entries_in(vocabulary, vectors_namespace)

    @property
    def has_vectors(self) -> bool:
        return self._entries is not None

    def is_under(self, vocabulary: Vocabulary) -> bool:
        """Whether this is the vocabulary, and nothing was added to it."""
        return self._vocabulary() is vocabulary and self._sizes == self._sizes_in(vocabulary)

    def __missing__(self, word: str) -> Ids:
        vocabulary = self._vocabulary()
        assert vocabulary is not None
        pairs = zip(self._features(word), self._namespaces)
        ids = [vocabulary.get_token_index(feature, namespace) for feature, namespace in pairs]
        result = ids, () if self._entries is None else self._entries(word)
        if len(self) < MAX_WORDS:
            self[word] = result
        return result

    def _sizes_in(self, vocabulary: Vocabulary) -> List[int]:
        return [vocabulary.get_vocab_size(namespace) for namespace in self._all_namespaces]


def _padded(rows: List[Sequence[int]]) -> np.ndarray:
    """The rows as one array, padded with 0. It has one column at least."""
    lengths = np.array([len(row) for row in rows], np.int64)
    padded = np.zeros((len(rows), max(1, lengths.max(initial=0))), np.int64)
    padded[np.arange(padded.shape[1]) < lengths[:, None]] = [index for row in rows for index in row]
    return padded


def _resized(rows: Any, length: int, width: int) -> torch.Tensor:
    """The array with zeros at its end, or cut off, as AllenNLP's own indexers do it."""
    resized = torch.zeros(length, width, dtype=torch.long)
    if len(rows):
        kept = torch.from_numpy(rows[:length, :width])
        resized[: kept.shape[0], : kept.shape[1]] = kept
    return resized
