"""A sample of the training sentences, which is the same each time it is drawn."""

from itertools import islice
from typing import Any, Container, List, Tuple

from allennlp.data import Instance

from skd_plugin.distillation.teachers.model import Words
from skd_plugin.doctor.experiment import Experiment

_WINDOW = 20_000
"""The sample is taken from so many sentences at the beginning, because it takes time to make instances."""


QUARTERS, GROUP = 4, 64
"""Quarters are groups of sentences by their length. Of each, so many sentences are read at once."""

Groups = List[List[Instance]]


def words_of(instance: Instance) -> Words:
    """The words that a teacher reads."""
    metadata: Any = instance.fields.get("metadata")
    return tuple(metadata["words"])


def rounds(experiment: Experiment, missing: Container[Words] = ()) -> List[Groups]:
    """
    Training sentences to try out a teacher with, in two rounds of the same kind, without some that are missing.

    A round has groups of sentences of similar lengths, one from each quarter of all sentences, as a teacher reads them.
    """
    window = islice(experiment.training.iter_instances(), _WINDOW)
    candidates = [instance for instance in window if words_of(instance) not in missing]
    candidates.sort(key=lambda instance: len(words_of(instance)))
    ends = [len(candidates) * quarter // QUARTERS for quarter in range(QUARTERS + 1)]
    middles = [_middle(candidates[start:end]) for start, end in zip(ends, ends[1:])]
    result = [[half for half in halves if half] for halves in zip(*middles)]
    return [groups for groups in result if groups]


def _middle(instances: List[Instance]) -> Tuple[List[Instance], List[Instance]]:
    """Two groups from the middle of these."""
    size = min(2 * GROUP, len(instances))
    start = (len(instances) - size) // 2
    half = start + (size + 1) // 2
    return instances[start:half], instances[half : start + size]
