"""A sample of the training sentences, which is the same each time it is drawn."""

from itertools import islice
from typing import Any, Container, List

from allennlp.data import Instance

from skd_plugin.distillation.teachers.model import Words
from skd_plugin.doctor.experiment import Experiment

_WINDOW = 20_000
"""The sample is taken from so many sentences at the beginning, because it takes time to make instances."""


def words_of(instance: Instance) -> Words:
    """The words that a teacher reads."""
    metadata: Any = instance.fields.get("metadata")
    return tuple(metadata["words"])


def spread(experiment: Experiment, number: int, missing: Container[Words] = ()) -> List[Instance]:
    """At most so many training sentences, from many places, without some that are missing."""
    window = islice(experiment.training.iter_instances(), _WINDOW)
    candidates = [instance for instance in window if words_of(instance) not in missing]
    return candidates[:: max(1, len(candidates) // number)][:number]
