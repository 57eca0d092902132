"""The labelled file that all systems are compared on, as each model's own reader reads it."""

import json
from operator import itemgetter
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
from allennlp.common.checks import ConfigurationError
from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans

from skd_plugin.archives import LoadedModel
from skd_plugin.data import SentenceReader
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.models import Parser, TagOutput
from skd_plugin.report.items import Items, Labels
from skd_plugin.report.systems import Run

ENTITIES, TAGS, TREES = "entities", "tags", "trees"


class Gold(NamedTuple):
    """
    A labelled file.

    file : its path
    task : `entities`, `tags` or `trees`
    words : the words of each sentence
    labels : the labels of gold and of all models, which share their ids
    items : the gold items; the labels of arcs are whole relations
    tags : the gold tag of each word, ids of `labels`, shape (word,); empty for trees
    """

    file: str
    task: str
    words: List[List[str]]
    labels: Labels
    items: Items
    tags: np.ndarray

    @property
    def lengths(self) -> np.ndarray:
        """The number of words of each sentence."""
        return np.array([len(words) for words in self.words])

    @property
    def starts(self) -> np.ndarray:
        """The first word of each sentence, counted over the file."""
        return np.cumsum(self.lengths) - self.lengths

    @property
    def forms(self) -> List[str]:
        """All words of the file."""
        return [word for words in self.words for word in words]


def task_of(run: Run, loaded: LoadedModel) -> str:
    """What the model finds. Raises `ConfigurationError` if that is nothing a report can show."""
    if isinstance(loaded.model, Parser):
        return TREES
    if isinstance(loaded.model, TagOutput):
        return ENTITIES if loaded.model.tags_entities else TAGS
    raise ConfigurationError(
        f"The model of {run.path} is a {type(loaded.model).__name__}, expected a tagger, a model of spans, or a parser."
    )


def read_gold(file: str, loaded: Dict[str, LoadedModel], runs: Sequence[Run]) -> Tuple[Gold, List[Sentence]]:
    """
    The gold of the file, and its sentences as the reader of the first run gives them.

    Raises `ConfigurationError` if the models have different tasks, if a reader cannot read the file, or if two readers
    find different sentences or labels in it.

    # Parameters

    file : `str`
    loaded : `Dict[str, LoadedModel]`
        The models and their readers, by `str(run.path)`.
    runs : `Sequence[Run]`
    """
    tasks = {run.name: task_of(run, loaded[str(run.path)]) for run in runs}
    first, *others = runs
    for run in others:
        if tasks[run.name] != tasks[first.name]:
            raise ConfigurationError(
                f"{first.name} is a model of {tasks[first.name]}, {run.name} one of {tasks[run.name]}. Compare models "
                "of one task in each report."
            )
    sentences, read = read_sentences(file, first, loaded[str(first.path)].reader), {reader_format(first)}
    for run in others:
        if reader_format(run) not in read:
            read.add(reader_format(run))
            _check_same(file, first, sentences, run, read_sentences(file, run, loaded[str(run.path)].reader))
    return gold_of(file, tasks[first.name], sentences), sentences


def read_sentences(file: str, run: Run, reader: SentenceReader, option: str = "--data") -> List[Sentence]:
    """The sentences of the file with their labels. Raises `ConfigurationError`, which names the run and the option."""
    if not Path(file).is_file():
        raise ConfigurationError(f"There is no file {file}. Give {option} a labelled file, in the format of the runs.")
    try:
        sentences = list(reader.read_sentences(file))
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{file} cannot be read as the data of {run.name}, which has {reader.own_format}. {error}"
        ) from error
    for sentence in sentences:
        if sentence.tags is None:
            raise ConfigurationError(
                f"{file} has no labels in line {sentence.lines[0]}, expected {reader.own_format} with gold. Give "
                f"{option} a labelled file."
            )
    return sentences


def gold_of(file: str, task: str, sentences: Sequence[Sentence]) -> Gold:
    """The gold of sentences that were read."""
    labels, words = Labels(), [sentence.words for sentence in sentences]
    tags = [tag for sentence in sentences for tag in sentence.tags or ()]
    lengths = np.array(list(map(len, words)))
    numbers = np.arange(lengths.sum())
    of_words = np.repeat(np.arange(len(words)), lengths)
    if task == ENTITIES:
        items = _entities(sentences, np.cumsum(lengths) - lengths, labels)
        return Gold(file, task, words, labels, items, labels.ids(tags))
    extent = np.zeros(len(numbers), dtype=np.int64)
    if task == TREES:
        extent = np.array([head for sentence in sentences for head in sentence.extras["heads"]], dtype=np.int64)
    items = Items(of_words, numbers, extent, labels.ids(tags), np.ones(len(numbers)))
    return Gold(file, task, words, labels, items, items.label if task == TAGS else np.zeros(0, dtype=np.int64))


def _entities(sentences: Sequence[Sentence], starts: np.ndarray, labels: Labels) -> Items:
    found = [
        (row, start + first, last + 1 - first, kind)
        for row, (sentence, start) in enumerate(zip(sentences, starts.tolist()))
        for kind, (first, last) in sorted(bioul_tags_to_spans(list(sentence.tags or ())), key=itemgetter(1))
    ]
    sentence, word, extent = np.array([one[:3] for one in found], dtype=np.int64).reshape(-1, 3).T
    return Items(sentence, word, extent, labels.ids([one[3] for one in found]), np.ones(len(found)))


def reader_format(run: Run) -> str:
    """What the reader of a run makes of a file depends on this."""
    reader = _reader_section(run.config)
    return json.dumps({key: value for key, value in reader.items() if key != "token_indexers"}, sort_keys=True)


def _reader_section(config: Dict[str, Any]) -> Dict[str, Any]:
    section = config.get("validation_dataset_reader") or config["dataset_reader"]
    return {"type": section} if isinstance(section, str) else section


def _check_same(file: str, first: Run, sentences: Sequence[Sentence], run: Run, others: Sequence[Sentence]) -> None:
    """Raises `ConfigurationError` unless both have read the same."""
    hint = "Compare runs whose `dataset_reader` is the same."
    if len(sentences) != len(others):
        raise ConfigurationError(
            f"In {file}, {first.name} reads {len(sentences)} sentences and {run.name} {len(others)}. {hint}"
        )
    for one, other in zip(sentences, others):
        same_heads = one.extras.get("heads") == other.extras.get("heads")
        if one.words != other.words or one.tags != other.tags or not same_heads:
            what = "words" if one.words != other.words else "labels"
            raise ConfigurationError(
                f"{file}:{one.lines[0]}: {first.name} and {run.name} read different {what} in this sentence. {hint}"
            )
