"""The soft targets of a distillation: λ, and the memory that they take where they are kept."""

from typing import Iterator, Optional, Sequence

from skd_plugin.data import Streaming
from skd_plugin.distillation import DistillationLoss, Distiller, Teacher
from skd_plugin.distillation.kept_targets import MAX_BYTES
from skd_plugin.distillation.progress import BEGINNING
from skd_plugin.distillation.student import factorize, structured
from skd_plugin.doctor.data import Data
from skd_plugin.doctor.experiment import Experiment
from skd_plugin.doctor.finding import Finding
from skd_plugin.doctor.sample import rounds, words_of
from skd_plugin.doctor.wording import size

_OF_GROUP = 16


def targets(
    distiller: Distiller, readings: Sequence[Teacher], experiment: Experiment, data: Optional[Data]
) -> Iterator[Finding]:
    """
    What all teachers together say.

    # Parameters

    distiller : `Distiller`
    readings : `Sequence[Teacher]`
        Its teachers, opened, without their stores.
    experiment : `Experiment`
    data : `Data`, optional
    """
    settings = distiller.settings
    if max(settings.interpolation.extremes) == 0 and data is not None and not data.text.sentences:
        yield Finding(
            "warning",
            "The interpolation λ is 0 all the time, and all sentences have labels, so nothing is learned from the "
            "teacher.",
            "Raise `interpolation`, which is 1 for the teacher alone, or leave it out: then it falls from 1 to 0.",
        )
    if isinstance(experiment.training, Streaming) or data is None:
        return
    loss = DistillationLoss(
        settings.objective,
        readings,
        settings.interpolation,
        settings.temperature,
        lambda: BEGINNING,
        settings.label_policy,
    )
    student, device = structured(experiment.model), experiment.trainer.cuda_device
    sample = [
        instance
        for group in next(iter(rounds(experiment)), [])
        for instance in group[:_OF_GROUP]
        if not any(reading.missing([words_of(instance)]) for reading in readings)
    ]
    if not sample:
        return
    longest = max(sample, key=lambda instance: len(words_of(instance)))
    loss.keep_targets(map(words_of, sample), factorize(student, [longest], device))
    if loss.kept is None:
        yield Finding(
            "ok", "Soft targets are computed in each batch, because they differ from batch to batch, or on a GPU"
        )
        return
    expected = loss.kept.num_bytes / len(loss.kept) * data.sentences
    if expected > MAX_BYTES:
        yield Finding(
            "note",
            f"The soft targets of all sentences would take about {size(expected)}, and at most {size(MAX_BYTES)} are "
            "kept in memory. Each batch computes its own, which takes longer.",
            "This is no mistake. Less text, or a student with fewer relations, would change it.",
        )
    else:
        yield Finding("ok", f"The soft targets of all sentences take about {size(expected)} of memory")
