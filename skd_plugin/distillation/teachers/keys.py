"""The key of a sentence: a digest of its words, under which its potentials are kept."""

import hashlib
from typing import List

from skd_plugin.distillation.teachers.model import Words

SIZE = 16
"""The number of bytes of a key."""


def key(words: Words) -> bytes:
    """
    A digest of the words. Sentences that are not the same list of words have different keys.

    The words are joined with NUL, which no reader lets into a word. Lists that this could confuse have digests of
    another kind: those with NUL in a word, and the empty list.
    """
    text = "\0".join(words)
    if words and text.count("\0") == len(words) - 1:
        return hashlib.blake2b(_encoded(text), digest_size=SIZE).digest()
    encoded = map(_encoded, words)
    with_lengths = b"".join(len(word).to_bytes(8, "little") + word for word in encoded)
    return hashlib.blake2b(with_lengths, digest_size=SIZE, person=b"with lengths").digest()


def split(joined: bytes) -> List[bytes]:
    """The keys that were joined."""
    return [joined[start : start + SIZE] for start in range(0, len(joined), SIZE)]


def _encoded(text: str) -> bytes:
    # Half of a surrogate pair is no character, and UTF-8 refuses it, but JSON can put it into a word.
    return text.encode("utf-8", "surrogatepass")
