"""The base class of all readers, which mixes labelled and unlabelled sentences in one stream of instances."""

import heapq
import logging
import random
from abc import ABC, abstractmethod
from itertools import islice
from operator import itemgetter
from typing import Any, ClassVar, Dict, Iterable, Iterator, List, Literal, Optional, Sequence, Tuple, Union, cast

from allennlp.data import DatasetReader, Field, Instance, Token, TokenIndexer
from allennlp.data.fields import MetadataField, TextField
from allennlp.data.token_indexers import SingleIdTokenIndexer
from allennlp.data.vocabulary import DEFAULT_OOV_TOKEN, DEFAULT_PADDING_TOKEN

from skd_plugin.compat.configuration import check_option
from skd_plugin.data.fields.gold_labels import GoldLabels, Place
from skd_plugin.data.fields.unknown_labels import UnknownLabels
from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.lines import filled_lines, paragraphs, split_words
from skd_plugin.data.files.paths import Source, sources
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.readers.formats import check_is_no_json, check_is_text

logger = logging.getLogger(__name__)

NO_GOLD = -1
# What AllenNLP writes for a line feed when it saves a vocabulary, and reads back as one.
NEWLINE = "@@NEWLINE@@"


class SentenceReader(DatasetReader, ABC):
    """
    Reads sentences into instances with the fields `tokens`, `tags` and `metadata` (at least `words`).

    A sentence without gold has the tag −1 on every word, so that it fits into a batch with labelled sentences.
    `text_to_instance(words)` makes instances for prediction, which have no field `tags`. The metadata of a sentence
    from a file also has its `path` and the `lines` of its words, and that of a labelled one its `tags`.

    The data path is a path, a list of paths, or `{"labelled": …, "unlabelled": …}` of either. Under `unlabelled`, text
    files (`*.txt`, `*.txt.gz`) have one sentence per line with words separated by spaces; a file with this ending that
    looks like columns or CoNLL-U is refused. Other files there are read in the reader's own format, without their
    labels. Both kinds of sentences are mixed evenly, so that lazy reading in chunks sees both too.

    # Parameters

    token_indexers : `Dict[str, TokenIndexer]`, optional (default = `{"tokens": SingleIdTokenIndexer()}`)
    label_namespace : `str`, optional (default = `"labels"`)
        The vocabulary's namespace of the tags.
    on_unknown_label : `str`, optional (default = `"error"`)
        What to do with a gold tag that the vocabulary lacks: `error` raises `ConfigurationError`, `accept` logs a
        warning and counts the tag as wrongly predicted. Its id is −2.
    unlabelled_format : `str`, optional (default = `None`)
        The format of all files under `unlabelled`, whatever they are called: `text`, or `own` for the reader's own
        format without labels. By default, the ending of a file says it.
    """

    label_kind: ClassVar[str] = "tag"
    """What the labels are, for messages."""

    own_format = "the reader's own format"
    """What the files are that `read_file` reads, for messages."""

    def __init__(
        self,
        token_indexers: Optional[Dict[str, TokenIndexer]] = None,
        label_namespace: str = "labels",
        on_unknown_label: str = "error",
        unlabelled_format: Optional[str] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(manual_distributed_sharding=True, manual_multiprocess_sharding=True, **kwargs)
        check_option("on_unknown_label", on_unknown_label, Literal["error", "accept"])
        self.token_indexers = token_indexers or {"tokens": SingleIdTokenIndexer()}
        self._label_namespace = label_namespace
        self._unknown_labels = UnknownLabels(self.label_kind, accepted=on_unknown_label == "accept")
        if unlabelled_format is not None:
            check_option("unlabelled_format", unlabelled_format, Literal["text", "own"])
        self._unlabelled_format = unlabelled_format

    @property
    def tags_entities(self) -> bool:
        """Whether the tags are BIOUL tags of entities, and not labels of another kind."""
        return False

    @abstractmethod
    def read_file(self, path: str, withheld: bool) -> Iterator[Sentence]:
        """The sentences of a file in the reader's own format, without tags if `withheld` is set."""

    def read_text(self, path: str) -> Iterator[Sentence]:
        """The sentences of a text file, which has one per line."""
        for line in filled_lines(path):
            words = split_words(line.text)
            yield Sentence(words, None, [line.number] * len(words))

    def is_text(self, file: Source) -> bool:
        """Whether the file is read as text, with one sentence per line."""
        return file.withheld and (
            file.is_text if self._unlabelled_format is None else self._unlabelled_format == "text"
        )

    def text_to_instance(self, words: List[str], tags: Optional[List[str]] = None) -> Instance:
        """An instance of the words, with the field `tags` if there are tags (BIOUL or plain labels)."""
        return self._instance(words, tags, {})

    def apply_token_indexers(self, instance: Instance) -> None:
        cast(TextField, instance["tokens"]).token_indexers = self.token_indexers

    def read_sentences(self, data_path: Any) -> Iterator[Sentence]:
        """The sentences of a data path, of which there are at most `max_instances`, without making instances."""
        files = sources(data_path)
        for file in files:
            self._check_format(file)
        yield from islice(self._mix(files), self.max_instances)

    def _read(self, file_path: Any) -> Iterator[Instance]:
        return map(self.to_instance, self.shard_iterable(self.read_sentences(file_path)))

    def to_instance(self, sentence: Sentence) -> Instance:
        """The instance of a sentence from a file. Its labels are −1 if it has no gold."""
        no_gold = [NO_GOLD] * len(sentence.words)
        return self._instance(sentence.words, sentence.tags or no_gold, sentence.extras)

    def to_tokens(self, words: List[str], extras: Dict[str, Any]) -> List[Token]:
        """The words as token indexers read them; `extras` are the other entries of the metadata."""
        return [Token(indexed_text(word)) for word in words]

    def _instance(
        self, words: List[str], tags: Optional[Sequence[Union[str, int]]], extras: Dict[str, Any]
    ) -> Instance:
        tokens = TextField(self.to_tokens(words, extras))
        metadata = {"words": words, **extras}
        fields: Dict[str, Field] = {"tokens": tokens, "metadata": MetadataField(metadata)}
        if tags is not None:
            fields["tags"] = self._label_field(tags, tokens, extras, self.tags_entities)
            if all(isinstance(tag, str) for tag in tags):
                metadata["tags"] = list(tags)
        return Instance(fields)

    def _label_field(
        self, labels: Sequence[Union[str, int]], tokens: TextField, extras: Dict[str, Any], are_bioul: bool
    ) -> GoldLabels:
        """The field of a sentence's labels; `extras` say where it stands."""
        place = Place(extras["path"], extras["lines"]) if "path" in extras else None
        return GoldLabels(list(labels), tokens, self._label_namespace, self._unknown_labels, place, are_bioul)  # type: ignore

    def _mix(self, files: List[Source]) -> Iterator[Sentence]:
        kinds = [[file for file in files if file.withheld == withheld] for withheld in (False, True)]
        if not all(kinds):
            return self._chain(files)
        streams = (_with_places(self._chain(part), self._size(part), seed) for seed, part in enumerate(kinds))
        return (sentence for _, sentence in heapq.merge(*streams, key=itemgetter(0)))

    def _chain(self, files: List[Source]) -> Iterator[Sentence]:
        for file in files:
            logger.info("Reading %s%s", file.path, " without its labels" if file.withheld else "")
            sentences = self.read_text(file.path) if self.is_text(file) else self.read_file(*file)
            for sentence in _check_not_empty(file.path, _check_labels(file.path, sentences)):
                yield sentence._replace(extras={**sentence.extras, "path": file.path, "lines": sentence.lines})

    def _check_format(self, file: Source) -> None:
        if not self.is_text(file):
            check_is_no_json(file.path, self.own_format)
        elif self._unlabelled_format is None:
            check_is_text(file.path, self.own_format)

    def _size(self, files: List[Source]) -> int:
        """About how many sentences the files have, which is exact enough to mix them evenly."""
        counts = (sum(1 for _ in (filled_lines if self.is_text(f) else paragraphs)(f.path)) for f in files)
        return max(1, sum(counts))


def indexed_text(word: str) -> str:
    """
    The word as a vocabulary can have it: an unknown one if it is a name that AllenNLP keeps to itself.

    As a word of a vocabulary, `@@PADDING@@` would be masked, and `@@NEWLINE@@` would not be found when it is loaded.
    """
    return DEFAULT_OOV_TOKEN if word == DEFAULT_PADDING_TOKEN or NEWLINE in word else word


def _with_places(sentences: Iterable[Sentence], size: int, seed: int) -> Iterator[Tuple[float, Sentence]]:
    """
    The sentences with increasing places between 0 and 1, about evenly spaced.

    The places are jittered, always in the same way. With regular places the two kinds could alternate, and a worker
    that takes every second sentence would see one kind only.
    """
    jitter = random.Random(seed)
    return (((index + jitter.random()) / size, sentence) for index, sentence in enumerate(sentences))


def _check_labels(path: str, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    """Raises `ConfigurationError` for a label that a saved vocabulary would not have when it is loaded."""
    for sentence in sentences:
        for tag, line in zip(sentence.tags or (), sentence.lines):
            if tag == DEFAULT_PADDING_TOKEN or NEWLINE in tag:
                remedy = "AllenNLP keeps this name to itself and could not load the trained model. Rename the label."
                raise format_error(path, line, f"the label {tag!r}", "another name", remedy)
        yield sentence


def _check_not_empty(path: str, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    empty = True
    for sentence in sentences:
        empty = False
        yield sentence
    if empty:
        raise format_error(path, None, "no sentence", "at least one", "Check that this is the file you mean.")
