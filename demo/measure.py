"""Measures how good, how big and how fast trained models are."""

import time
from pathlib import Path
from typing import Dict, List, NamedTuple, cast

from allennlp.common.util import lazy_groups_of
from allennlp.data import Instance
from allennlp.data.fields import MetadataField
from allennlp.models import load_archive
from allennlp.models.archival import Archive

from demo.training import validation_metric

BATCH = 64
ROUNDS = 3


class Measurement(NamedTuple):
    """One row of the demo's tables. The score is the metric by which the model's best epoch was chosen."""

    title: str
    score: float
    parameters: int
    words_per_second: float


def measure(archives: Dict[str, Path], test: Path) -> List[Measurement]:
    """Measure models on a test file. The models are timed in turn, and the best time of each counts."""
    systems = {title: load_archive(archive) for title, archive in archives.items()}
    for system in systems.values():
        system.model.eval()
    scores = {title: _score(system, test) for title, system in systems.items()}
    rounds = [{title: _speed(system, test) for title, system in systems.items()} for _ in range(ROUNDS)]
    return [
        Measurement(title, scores[title], _parameters(system), max(speeds[title] for speeds in rounds))
        for title, system in systems.items()
    ]


def _score(system: Archive, test: Path) -> float:
    _predict(system, list(system.validation_dataset_reader.read(test)))
    return float(system.model.get_metrics(reset=True)[validation_metric(system.config)])


def _speed(system: Archive, test: Path) -> float:
    """Words per second from words to tags or trees: indexing, the network and decoding, in batches."""
    reader = system.validation_dataset_reader
    sentences = [cast(MetadataField, instance["metadata"]).metadata["words"] for instance in reader.read(test)]
    instances = [reader.text_to_instance(words) for words in sentences]
    for instance in instances:
        reader.apply_token_indexers(instance)
    start = time.perf_counter()
    _predict(system, instances)
    return sum(map(len, sentences)) / (time.perf_counter() - start)


def _predict(system: Archive, instances: List[Instance]) -> None:
    for batch in lazy_groups_of(instances, BATCH):
        system.model.forward_on_instances(batch)


def _parameters(system: Archive) -> int:
    return sum(parameter.numel() for parameter in system.model.parameters())
