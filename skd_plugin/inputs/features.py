"""The features of a word: the word in lower case, its first and last letters, and its shape."""

from typing import List, Optional, Sequence, Tuple

from allennlp.common.checks import ConfigurationError
from spacy.lang.lex_attrs import word_shape

PREFIXES = (1, 3)
SUFFIXES = (2, 3)
WORDS = "words"


class WordFeatures:
    """
    Which features are read of a word.

    The shape is spaCy's: letters become `x` or `X`, digits `d`, and of equal ones in a row four are kept.

    # Parameters

    prefixes : `Sequence[int]`, optional (default = `(1, 3)`)
        How many letters each prefix has.
    suffixes : `Sequence[int]`, optional (default = `(2, 3)`)
        How many letters each suffix has.
    """

    def __init__(self, prefixes: Optional[Sequence[int]] = None, suffixes: Optional[Sequence[int]] = None) -> None:
        self._prefixes = _lengths("prefixes", PREFIXES if prefixes is None else prefixes)
        self._suffixes = _lengths("suffixes", SUFFIXES if suffixes is None else suffixes)

    @property
    def namespaces(self) -> List[str]:
        """The vocabulary's namespace of each feature, that of the words first."""
        affixes = [(f"prefixes_{n}" for n in self._prefixes), (f"suffixes_{n}" for n in self._suffixes)]
        return [WORDS, *(name for names in affixes for name in names), "shapes"]

    def __call__(self, word: str) -> List[str]:
        """The features of a word, in the order of the namespaces."""
        prefixes = (word[:n] for n in self._prefixes)
        suffixes = (word[-n:] for n in self._suffixes)
        return [word.lower(), *prefixes, *suffixes, word_shape(word)]


def _lengths(name: str, lengths: Sequence[int]) -> Tuple[int, ...]:
    if min(lengths, default=1) < 1 or len(set(lengths)) < len(lengths):
        raise ConfigurationError(f"`{name}` is {list(lengths)}, expected different numbers of letters, such as [1, 3].")
    return tuple(lengths)
