"""The training data of a run, if it is still there: its words, its sentences, and how many."""

import json
from pathlib import Path
from typing import Any, Dict, FrozenSet, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from allennlp.common.checks import ConfigurationError

from skd_plugin.archives import LoadedModel
from skd_plugin.data import SentenceReader
from skd_plugin.report.gold import reader_format
from skd_plugin.report.systems import Run

LONG_ENOUGH = 5
"""Shorter sentences, such as "Thank you !", are in any two texts."""


class TrainingData(NamedTuple):
    """
    words : the words of the labelled sentences
    labelled, unlabelled : the sentences of each kind that have at least `LONG_ENOUGH` words
    sentences : the number of all sentences
    """

    words: FrozenSet[str]
    labelled: FrozenSet[Tuple[str, ...]]
    unlabelled: FrozenSet[Tuple[str, ...]]
    sentences: int


def all_training_data(runs: Sequence[Run], models: Mapping[str, LoadedModel]) -> Dict[str, Optional[TrainingData]]:
    """What each run was trained on, by `str(run.path)`, as `models` are; None if the files are not there."""
    read: Dict[Any, Optional[TrainingData]] = {}
    result = {}
    for run in runs:
        path = _located(run.config.get("train_data_path"), run)
        # Different seeds have the same data.
        key = json.dumps(path, sort_keys=True), reader_format(run)
        if key not in read:
            read[key] = None if path is None else _read(path, models[str(run.path)].reader)
        result[str(run.path)] = read[key]
    return result


def _read(path: Any, reader: SentenceReader) -> Optional[TrainingData]:
    labelled: Set[Tuple[str, ...]] = set()
    unlabelled: Set[Tuple[str, ...]] = set()
    words: Set[str] = set()
    number = 0
    try:
        for sentence in reader.read_sentences(path):
            number += 1
            if sentence.tags is not None:
                words.update(sentence.words)
            if len(sentence.words) >= LONG_ENOUGH:
                (unlabelled if sentence.tags is None else labelled).add(tuple(sentence.words))
    except ConfigurationError:
        return None
    return TrainingData(frozenset(words), frozenset(labelled), frozenset(unlabelled), number)


def long_enough(sentences: Sequence[Sequence[str]]) -> List[Tuple[str, ...]]:
    """Those of the sentences that can be looked for in training data."""
    return [tuple(words) for words in sentences if len(words) >= LONG_ENOUGH]


def labelled_part(config: Mapping[str, Any]) -> Any:
    """What a config names as labelled training data."""
    path = config.get("train_data_path")
    return path.get("labelled") if isinstance(path, Mapping) else path


def validation_files(run: Run) -> List[str]:
    """The files by which the run has chosen its epoch."""
    path = _located(run.config.get("validation_data_path"), run)
    values = path.values() if isinstance(path, Mapping) else [path]
    files: List[str] = []
    for value in values:
        files += [value] if isinstance(value, str) else list(value or [])
    return files


def _located(path: Any, run: Run) -> Any:
    """
    The data path of a config, where its files are now; None if they are not there.

    Paths are relative to the folder in which a run was trained: this one, or one of those that its folder is in.
    """
    if path is None:
        return None
    for folder in (Path(), *run.folder.absolute().parents):
        found = _inside(path, folder)
        if found is not None:
            return found
    return None


def _inside(path: Any, folder: Path) -> Any:
    if isinstance(path, Mapping):
        parts: Dict[str, Any] = {key: _inside(value, folder) for key, value in path.items()}
        return None if None in parts.values() else parts
    if isinstance(path, (list, tuple)):
        found = [_inside(value, folder) for value in path]
        return None if None in found else found
    file = folder / str(path)
    # A pattern stands for files in a folder.
    is_there = file.is_file() or any(character in str(path) for character in "*?[") and file.parent.is_dir()
    return str(file) if is_there else None
