"""Everything that is looked at, section by section: the environment, and what a config would train."""

import tempfile
from typing import Any, Dict, Iterator, List, NamedTuple, Optional

from skd_plugin.distillation import Teacher
from skd_plugin.doctor.collecting import collected, refusal, warnings_as_findings
from skd_plugin.doctor.data import Data, data_of_loaders, read_data, sizes
from skd_plugin.doctor.environment import environment
from skd_plugin.doctor.experiment import Experiment, build, build_distiller, read_config, split_config
from skd_plugin.doctor.finding import Finding, Section
from skd_plugin.doctor.kernels import kernels
from skd_plugin.doctor.labels import labels_of_data
from skd_plugin.doctor.overlap import overlap
from skd_plugin.doctor.plugin import plugin
from skd_plugin.doctor.targets import targets
from skd_plugin.doctor.teachers import examine_teacher
from skd_plugin.doctor.text import text, text_without_teacher
from skd_plugin.doctor.training import training
from skd_plugin.doctor.vocabulary import coverage

_FOREIGN = Finding(
    "note",
    "The dataset_reader is not one of this plugin, so the sentences are not looked into.",
    "Readers of this plugin are skd_conll_ner, skd_conllu and skd_dependencies (docs/data.md).",
)


class Built(NamedTuple):
    """
    What could be built of a config without its distillers.

    # Parameters

    experiment : `Experiment`, optional
        None if something stops the training.
    data : `Data`, optional
        None if it cannot be read, or not by this plugin.
    refused : `List[Finding]`
        What stops the training.
    warnings : `List[Finding]`
    """

    experiment: Optional[Experiment]
    data: Optional[Data]
    refused: List[Finding]
    warnings: List[Finding]


def examine(config: Optional[str] = None, overrides: str = "") -> Iterator[Section]:
    """
    The findings about the environment, and about a config if there is one. Nothing of the user's is written.

    # Parameters

    config : `str`, optional (default = `None`)
        The path of a config, as for `allennlp train`.
    overrides : `str`, optional (default = `""`)
        JSON, as for `allennlp train -o`.
    """
    yield collected("Environment", environment())
    yield collected("Plugin", plugin())
    yield collected("Kernels", kernels())
    if config is not None:
        with tempfile.TemporaryDirectory() as folder:
            yield from examine_config(config, overrides, folder)


def examine_config(path: str, overrides: str, folder: str) -> Iterator[Section]:
    """The findings about a config; `folder` is an empty one, in the place of that of a run."""
    try:
        config = read_config(path, overrides)
    except Exception as error:  # jsonnet and AllenNLP have several of their own
        yield Section("Config", [refusal(error)])
        return
    alone, distillers = split_config(config)
    built = _build(alone, folder)
    experiment, data = built.experiment, built.data
    model = "Student" if distillers else "Model"
    if data is None and experiment is None:
        yield Section("Config", built.refused + built.warnings)
        return
    yield Section("Data", [*([_FOREIGN] if data is None else _data(data)), *built.warnings])
    of_text = list((text if distillers else text_without_teacher)(data)) if data is not None else []
    if of_text:
        yield Section("Text", of_text)
    if experiment is None:
        yield Section(model, built.refused)
    else:
        yield collected(model, _model(experiment, data, config, model.lower()))
    for options in distillers:
        yield from _distillation(options, built, folder)


def _build(config: Dict[str, Any], folder: str) -> Built:
    experiment, data = None, None
    refused: List[Finding] = []
    with warnings_as_findings() as warnings:
        try:
            experiment = build(config, folder)
            data = data_of_loaders(config, experiment.training, experiment.validation)
        except Exception as error:  # whatever the classes of which the config is made may raise
            refused.append(refusal(error))
            try:
                data = read_data(config)
            except Exception:
                # It is the data that stops the training, which was said already.
                data = None
    return Built(experiment, data, refused, warnings)


def _data(data: Data) -> Iterator[Finding]:
    yield from sizes(data)
    yield from labels_of_data(data)
    yield from overlap(data)


def _model(experiment: Experiment, data: Optional[Data], config: Dict[str, Any], role: str) -> Iterator[Finding]:
    yield from training(experiment, data, config)
    if data is not None:
        yield from coverage(data, experiment.model.vocab, role)


def _distillation(options: Dict[str, Any], built: Built, folder: str) -> Iterator[Section]:
    """A section for each teacher, and one for all of them."""
    try:
        distiller = build_distiller(options, folder)
    except Exception as error:  # as above; teachers may be of other libraries
        yield Section("Distillation", [refusal(error)])
        return
    experiment, data = built.experiment, built.data
    if experiment is None:
        return
    readings: List[Teacher] = []
    for teacher in distiller.settings.teachers:
        reading = teacher.without_store()
        section = collected(
            f"Teacher {teacher.name}", examine_teacher(distiller, teacher, reading, experiment), (Exception,)
        )
        yield section
        if all(finding.level != "error" for finding in section.findings):
            readings.append(reading)
    if len(readings) == len(distiller.settings.teachers):
        section = collected("Distillation", targets(distiller, readings, experiment, data))
        if section.findings:
            yield section
