"""Which words a model knows: those of its vocabulary, and those that have a static vector."""

from collections import defaultdict
from typing import Any, Dict, Iterator, Mapping, Optional, Tuple

from allennlp.data import Token, TokenIndexer, Vocabulary

from skd_plugin.data.readers.sentence_reader import indexed_text
from skd_plugin.doctor.data import Data
from skd_plugin.doctor.finding import Finding
from skd_plugin.doctor.part import Part
from skd_plugin.inputs import WordFeaturesIndexer

MANY_UNKNOWN = 0.25
_CHUNK = 1024


def coverage(data: Data, vocab: Vocabulary, role: str) -> Iterator[Finding]:
    """The share of words that are unknown to what each indexer looks up. `role` is what the model is called."""
    parts = {"validation data": data.validation, "text": data.text if data.text.sentences else None}
    for indexer in data.reader.token_indexers.values():
        shares = {name: unknown_words(part, indexer, vocab) for name, part in parts.items() if part is not None}
        found = {name: share for name, share in shares.items() if share is not None}
        if found:
            yield _known(found, role, isinstance(indexer, WordFeaturesIndexer))
        if isinstance(indexer, WordFeaturesIndexer):
            yield from _vectors(data, indexer, vocab, role)


def unknown_words(part: Part, indexer: TokenIndexer, vocab: Vocabulary) -> Optional[float]:
    """
    The share of words, each as often as it occurs, that the vocabulary lacks; None if the indexer does not look up
    words there, but word pieces, characters or tags.
    """
    if getattr(indexer, "feature_name", "text") != "text":
        return None
    unknown = 0
    for form, number in part.forms.items():
        entry = _entry(indexer, form)
        if entry is None:
            return None
        namespace, item = entry
        unknown += number * (item not in vocab.get_token_to_index_vocabulary(namespace))
    return unknown / max(1, part.words)


def _entry(indexer: TokenIndexer, form: str) -> Optional[Tuple[str, str]]:
    """The namespace and the item that stand for the whole word; None if there is no such thing."""
    counter: Dict[str, Dict[str, int]] = defaultdict(lambda: defaultdict(int))
    indexer.count_vocab_items(Token(indexed_text(form)), counter)
    for namespace, items in counter.items():
        whole = [item for item in items if item.lower() == indexed_text(form).lower()]
        return (namespace, whole[0]) if len(items) == 1 and whole else None
    return None


def _known(shares: Mapping[str, float], role: str, reads_letters: bool) -> Finding:
    found = " and ".join(f"{share:.1%} of the {name}" for name, share in shares.items())
    text = f"Words that the {role}'s vocabulary lacks: {found}"
    if reads_letters:
        return Finding("ok", f"{text}; of these it reads the first and last letters, and the shape")
    if max(shares.values()) > MANY_UNKNOWN:
        return Finding(
            "warning",
            f"{text}. It reads them all as one.",
            "Use the indexer skd_word_features, which reads their letters, with static vectors (docs/inputs.md), or "
            "add an indexer of characters.",
        )
    return Finding("ok", text)


def _vectors(data: Data, indexer: WordFeaturesIndexer, vocab: Vocabulary, role: str) -> Iterator[Finding]:
    if data.validation is None:
        return
    share = words_with_vectors(data.validation, indexer, vocab)
    if share is None:
        yield Finding(
            "note",
            f"The {role} has no static vectors of words, which would make it better, and cost nothing at run time.",
            "Make them with `allennlp skd-vectors`, and name the file in its embedder's `vectors` (docs/inputs.md).",
        )
    elif share < 1 - MANY_UNKNOWN:
        yield Finding(
            "warning",
            f"Only {share:.1%} of the words in the validation data have a static vector.",
            "Take vectors of this language and of this kind of text, or of a transformer's word pieces, which "
            "every word has.",
        )
    else:
        yield Finding("ok", f"{share:.1%} of the words in the validation data have a static vector")


def words_with_vectors(part: Part, indexer: WordFeaturesIndexer, vocab: Vocabulary) -> Optional[float]:
    """The share of words, each as often as it occurs, that have a static vector; None if the model has none."""
    forms = list(part.forms)
    found = 0
    for start in range(0, len(forms), _CHUNK):
        some = forms[start : start + _CHUNK]
        indexed: Dict[str, Any] = indexer.tokens_to_indices([Token(indexed_text(form)) for form in some], vocab)
        if "entries" not in indexed:
            return None
        found += sum(part.forms[form] for form, entries in zip(some, indexed["entries"].any(1)) if entries)
    return found / max(1, part.words)
