"""
Which entries of a table of static vectors a word has: itself, or its word pieces.

All that this needs is in the vocabulary, which travels in the archive. A table of words has them in a namespace. A
table of word pieces has the transformer's own tokenizer, so that the pieces are exactly the transformer's. A second
namespace has one entry, the description of the table in JSON, with the tokenizer compressed: JSON within JSON is large.
"""

import base64
import json
import zlib
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence

from allennlp.common.checks import ConfigurationError
from allennlp.data.vocabulary import Vocabulary

from skd_plugin.inputs.vector_file import Vectors

NAMESPACE = "static_vectors"
MAX_PIECES = 32

Entries = Callable[[str], Sequence[int]]
"""The ids of a word's entries. The id 0 is padding."""


class Description(NamedTuple):
    """
    # Parameters

    rows : `int`
        How many rows the table has, with that of the padding.
    dim : `int`
        How many numbers a vector has.
    tokenizer : `str`
        The transformer's tokenizer in JSON, or nothing if the entries are words.
    """

    rows: int
    dim: int
    tokenizer: str


def namespaces_of(namespace: str) -> List[str]:
    """The namespace of the words, and that of the description."""
    return [namespace, f"{namespace}_format"]


def add_entries(vectors: Vectors, vocab: Vocabulary, namespace: str) -> List[int]:
    """
    Adds the entries of the vectors to the vocabulary. Returns the row of each vector in the table.

    Raises `ConfigurationError` if the vocabulary has the entries of other vectors.
    """
    rows = [index + 1 for index in range(len(vectors.table))]
    if not vectors.tokenizer:
        rows = vocab.add_tokens_to_namespace(list(vectors.words), namespace)
    size = vocab.get_vocab_size(namespace) if vectors.words else len(rows) + 1
    words, name = namespaces_of(namespace)
    description = Description(size, vectors.table.shape[1], vectors.tokenizer)
    if description_in(vocab, namespace) is None:
        compressed = description._replace(tokenizer=_compressed(description.tokenizer))
        vocab.add_token_to_namespace(json.dumps(compressed._asdict()), name)
    if description_in(vocab, namespace) != description:
        raise ConfigurationError(
            f"The vocabulary has the entries of other static vectors in the namespace {words!r}. Give the same file as "
            "the run that the vocabulary comes from, or another `namespace`, the same to the embedder's `vectors` and, "
            "as `vectors_namespace`, to the indexer."
        )
    return rows


def description_in(vocab: Vocabulary, namespace: str) -> Optional[Description]:
    """The description of the table in a vocabulary; None if it has none."""
    _, name = namespaces_of(namespace)
    text = vocab.get_index_to_token_vocabulary(name).get(_DESCRIPTION) if name in vocab.get_namespaces() else None
    if text is None:
        return None
    description = Description(**json.loads(text))
    return description._replace(tokenizer=_decompressed(description.tokenizer))


def entries_in(vocab: Vocabulary, namespace: str) -> Optional[Entries]:
    """What finds the entries of a word in the table whose description is in the vocabulary; None if it has none."""
    description = description_in(vocab, namespace)
    if description is None:
        return None
    return (
        _word_pieces(description) if description.tokenizer else _words(vocab.get_token_to_index_vocabulary(namespace))
    )


def _words(ids: Dict[str, int]) -> Entries:
    def entries(word: str) -> Sequence[int]:
        index = ids.get(word, ids.get(word.lower()))
        return () if index is None else (index,)

    return entries


def _word_pieces(description: Description) -> Entries:
    # Imported on demand, because it takes time, and most models need none.
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(description.tokenizer)

    def entries(word: str) -> Sequence[int]:
        # After a space, because some tokenizers have other pieces within a word than at its beginning.
        pieces = tokenizer.encode(f" {word}", add_special_tokens=False).ids
        return [piece + 1 for piece in pieces[:MAX_PIECES] if piece + 1 < description.rows]

    return entries


def _compressed(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode("utf-8"), 9)).decode("ascii") if text else ""


def _decompressed(text: str) -> str:
    """The text again. Raises `ConfigurationError` for one that expands without limit."""
    if not text:
        return ""
    content, stream = base64.b64decode(text), zlib.decompressobj()
    decompressed = stream.decompress(content, _EXPANSION * len(content))
    if not stream.eof:
        raise ConfigurationError(
            "The tokenizer in the vocabulary of this model is cut off, or expands without limit. Do not use the model, "
            "and ask where it comes from."
        )
    return decompressed.decode("utf-8")


_EXPANSION = 100
# After the padding and the unknown entry, which AllenNLP puts into every namespace.
_DESCRIPTION = 2
