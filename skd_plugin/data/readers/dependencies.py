"""The reader of CoNLL-U for parsers: dependency trees, and optionally their encoding as labels."""

import warnings
from typing import Any, Dict, Iterator, List, Optional, cast

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader, Instance, Token
from allennlp.data.fields import SequenceLabelField, TextField

from skd_plugin.compat.configuration import configuration_errors
from skd_plugin.data.fields.counted_labels import CountedLabels
from skd_plugin.data.files.conllu import conllu_sentences
from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.faults import Fault
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.files.trees import too_long, tree_fault
from skd_plugin.data.readers.bad_sentences import BadSentences
from skd_plugin.data.readers.conllu import as_sentence
from skd_plugin.data.readers.formats import CONLLU
from skd_plugin.data.readers.sentence_reader import NO_GOLD, SentenceReader, indexed_text
from skd_plugin.structures import encodings


@DatasetReader.register("skd_dependencies")
class Dependencies(SentenceReader):
    """
    Reads CoNLL-U into instances with the fields `tokens`, `metadata`, `heads` (the number of each word's head, 0 for
    the root) and `relations`. Heads and relations are −1 on every word of a sentence without gold.

    A token's `pos_` is the word's UPOS, for an indexer with the `feature_name` `pos_`. Give that indexer a
    `default_value`, because the words of text files have no UPOS. `metadata` is that of `skd_conllu` without `tags`.

    Registered as a `DatasetReader` with name "skd_dependencies".

    # Parameters

    label_namespace : `str`, optional (default = `"relation_labels"`)
        The vocabulary's namespace of the relations.
    encoding : `str`, optional (default = `None`)
        For parsing as sequence labelling, how trees are written as one label per word: `relative_offset` or
        `relative_pos`. Instances then have a field `arc_labels`, from which the vocabulary counts the labels.
    arc_label_namespace : `str`, optional (default = `"arc_labels"`)
        The vocabulary's namespace of these labels.
    max_words : `int`, optional (default = `None`)
        The largest number of words that a sentence may have, with gold or without. There is no limit if None.
    on_bad_tree : `str`, optional (default = `"error"`)
        What to do with a sentence that is longer, or whose heads and relations are not a tree: `error` raises
        `ConfigurationError`, `skip` leaves the sentence out and logs how many there were.
    on_unknown_relation : `str`, optional (default = `None`)
        The earlier name of `on_unknown_label`, which says what to do with a relation that the vocabulary lacks. Its
        head counts in any case.

    See `SentenceReader` for the others.
    """

    label_kind = "relation"
    own_format = CONLLU

    def __init__(
        self,
        label_namespace: str = "relation_labels",
        encoding: Optional[str] = None,
        arc_label_namespace: str = "arc_labels",
        max_words: Optional[int] = None,
        on_bad_tree: str = "error",
        on_unknown_relation: Optional[str] = None,
        **kwargs: Any,
    ) -> None:
        if on_unknown_relation is not None:
            warnings.warn("`on_unknown_relation` is now called `on_unknown_label`.", DeprecationWarning, stacklevel=2)
            kwargs["on_unknown_label"] = on_unknown_relation
        super().__init__(label_namespace=label_namespace, **kwargs)
        self._encoding = _checked_encoding(encoding)
        self._arc_label_namespace = arc_label_namespace
        self._max_words = _checked_max_words(max_words)
        self._bad_trees = BadSentences("on_bad_tree", on_bad_tree)

    def read_file(self, path: str, withheld: bool) -> Iterator[Sentence]:
        sentences = map(as_sentence, conllu_sentences(path, any_heads=True))
        return self._without_faults(path, sentences if withheld else map(_with_gold, sentences))

    def read_text(self, path: str) -> Iterator[Sentence]:
        return self._without_faults(path, super().read_text(path))

    def read_sentences(self, data_path: Any) -> Iterator[Sentence]:
        for sentence in super().read_sentences(data_path):
            if self._encoding is not None and self._encoding.needs_tags:
                _arc_labels(self._encoding, sentence)  # refuses what cannot be encoded
            yield sentence

    def text_to_instance(self, words: List[str], upos: Optional[List[str]] = None) -> Instance:
        """An instance for prediction, without heads and relations; `upos` are the tags of the words."""
        return self._instance(words, None, {} if upos is None else {"upos": upos})

    def to_tokens(self, words: List[str], extras: Dict[str, Any]) -> List[Token]:
        upos = extras.get("upos") or [None] * len(words)
        return [
            Token(indexed_text(word), pos_=tag and indexed_text(tag)) for word, tag in zip(words, upos, strict=True)
        ]

    def to_instance(self, sentence: Sentence) -> Instance:
        instance = self._instance(sentence.words, None, sentence.extras)
        tokens = cast(TextField, instance["tokens"])
        no_gold = [NO_GOLD] * len(sentence.words)
        heads = no_gold if sentence.tags is None else sentence.extras["heads"]
        relations = self._label_field(sentence.tags or no_gold, tokens, sentence.extras, are_bioul=False)
        instance.add_field("heads", SequenceLabelField(heads, tokens))
        instance.add_field("relations", relations)
        if self._encoding is not None:
            labels = _arc_labels(self._encoding, sentence)
            instance.add_field("arc_labels", CountedLabels(labels, self._arc_label_namespace))
        return instance

    def _without_faults(self, path: str, sentences: Iterator[Sentence]) -> Iterator[Sentence]:
        return self._bad_trees.without(path, sentences, self._fault)

    def _fault(self, sentence: Sentence) -> Optional[Fault]:
        length_fault = too_long(sentence.lines, self._max_words)
        if length_fault or sentence.tags is None:
            return length_fault
        return tree_fault(sentence.extras["heads"], sentence.tags, sentence.lines)


def _with_gold(sentence: Sentence) -> Sentence:
    return sentence._replace(tags=sentence.extras["relations"])


def _arc_labels(encoding: encodings.Encoding, sentence: Sentence) -> List[str]:
    """The labels of the sentence's tree; empty without gold."""
    if sentence.tags is None:
        return []
    try:
        return encoding.encode(sentence.extras["heads"], sentence.tags, sentence.extras["upos"])
    except ValueError as error:
        path, line = sentence.extras["path"], sentence.lines[0]
        finding, rule = f"a tree without arc labels in the encoding {encoding.name}", "one label per word"
        raise format_error(path, line, finding, rule, str(error)) from error


def _checked_encoding(name: Optional[str]) -> Optional[encodings.Encoding]:
    with configuration_errors(ValueError, prefix="The option `encoding` is unknown."):
        return None if name is None else encodings.encoding(name)


def _checked_max_words(max_words: Optional[int]) -> Optional[int]:
    if max_words is not None and max_words < 1:
        raise ConfigurationError(f"`max_words` is {max_words}, expected at least 1, or null for any length.")
    return max_words
