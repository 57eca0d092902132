"""The training itself: steps, the size of the model, the metric that says which epoch is the best."""

import math
from itertools import islice
from typing import Any, Dict, Iterator, List, Optional, Sequence

import torch
from allennlp.data import Batch, DataLoader, Instance
from allennlp.models import Model
from allennlp.nn.util import move_to_device

from skd_plugin.doctor.collecting import refusal
from skd_plugin.doctor.data import Data
from skd_plugin.doctor.experiment import Experiment
from skd_plugin.doctor.finding import Finding
from skd_plugin.doctor.wording import count, listed, size
from skd_plugin.models import SpanNer

FEW_STEPS = 300
_TRIED = 16
"""How many sentences the model reads, to find out whether it can."""


def training(experiment: Experiment, data: Optional[Data], config: Dict[str, Any]) -> Iterator[Finding]:
    """What the training is, and whether a batch of it works."""
    yield _model(experiment.model)
    yield from _device(experiment)
    yield from _steps(experiment, config)
    yield from _transformers(config)
    if data is not None:
        yield from _widths(experiment.model, data)
    yield from _trial(experiment)


def size_of_model(modules: Sequence[torch.nn.Module]) -> str:
    """The number of the parameters, and the memory that they take."""
    parameters = [parameter for module in modules for parameter in module.parameters()]
    num_bytes = sum(parameter.numel() * parameter.element_size() for parameter in parameters)
    return f"{count(sum(parameter.numel() for parameter in parameters), 'parameter')}, {size(num_bytes)}"


def _model(model: Model) -> Finding:
    return Finding("ok", f"{type(model).__name__}: {size_of_model([model])}")


def _device(experiment: Experiment) -> Iterator[Finding]:
    device = experiment.trainer.cuda_device
    if device.type == "cpu" and torch.cuda.is_available():
        yield Finding(
            "note",
            "It trains on the processor, and there is a GPU.",
            "Set trainer.cuda_device to 0, unless the model is small: small models may be as fast on the processor.",
        )


def _steps(experiment: Experiment, config: Dict[str, Any]) -> Iterator[Finding]:
    trainer, batches = experiment.trainer, _batches(experiment.training)
    epochs = trainer._num_epochs
    processes = len((config.get("distributed") or {}).get("cuda_devices") or [0])
    if batches is None:
        yield Finding("ok", f"{count(epochs, 'epoch')} of a number of batches that is not known before")
        return
    accumulated = trainer._num_gradient_accumulation_steps
    steps = epochs * math.ceil(batches / processes / accumulated)
    each = f" on {processes} processes" if processes > 1 else ""
    grouped = f" / {accumulated} that are accumulated" if accumulated > 1 else ""
    of_epoch = f"{batches:,} {'batch' if batches == 1 else 'batches'}"
    text = f"{count(epochs, 'epoch')} of {of_epoch}{grouped}{each}: {count(steps, 'step')}"
    if steps < FEW_STEPS:
        yield Finding(
            "note",
            f"{text}, which is few: models of this plugin are trained with some thousand.",
            "Raise trainer.num_epochs, or lower the batch size, unless this is a trial.",
        )
    else:
        yield Finding("ok", text)


def _batches(loader: DataLoader) -> Optional[int]:
    try:
        return len(loader)
    except TypeError:
        return None


def _transformers(config: Dict[str, Any]) -> Iterator[Finding]:
    """Whether the pieces of words are those of the transformer that reads them."""
    indexers = config.get("dataset_reader", {}).get("token_indexers") or {}
    embedder = config.get("model", {}).get("text_field_embedder")
    embedders = embedder.get("token_embedders", {}) if isinstance(embedder, dict) else {}
    for name in sorted(indexers.keys() & embedders.keys()):
        pieces, reads = (section.get("model_name") for section in (indexers[name], embedders[name]))
        if pieces and reads and pieces != reads:
            yield Finding(
                "warning",
                f"The words of `{name}` are cut into the pieces of {pieces}, and read by {reads}. Unless both have the "
                "same pieces, it reads other words than there are.",
                "Give the token indexer and the token embedder the same model_name.",
            )


def _widths(model: Model, data: Data) -> Iterator[Finding]:
    limit = model.spans.max_width if isinstance(model, SpanNer) else None
    widest = data.labelled.widest
    if limit is not None and widest is not None and widest.number > limit:
        yield Finding(
            "error",
            f"The entity at {widest} has {widest.number} words, and the model's max_width is {limit}.",
            f"Set max_width to {widest.number} or more, or leave it out.",
        )


def _trial(experiment: Experiment) -> Iterator[Finding]:
    """Reads some sentences, as in training and as in validation; the weights stay as they are."""
    try:
        _read(experiment, list(islice(experiment.training.iter_instances(), _TRIED)), training=True)
        held_out = experiment.validation
        if held_out is not None:
            metrics = _read(experiment, list(islice(held_out.iter_instances(), _TRIED)), training=False)
            yield from _best_epoch(experiment, list(metrics))
    except Exception as error:  # whatever a model of the user's may raise
        yield refusal(error)


def _read(experiment: Experiment, instances: List[Instance], training: bool) -> Dict[str, Any]:
    model = experiment.model
    batch = Batch(instances)
    batch.index_instances(model.vocab)
    tensors = move_to_device(batch.as_tensor_dict(), experiment.trainer.cuda_device)
    model.train(training)
    with torch.no_grad():
        model(**tensors)
    return model.get_metrics(reset=True)


def _best_epoch(experiment: Experiment, metrics: List[str]) -> Iterator[Finding]:
    tracked = experiment.trainer._metric_tracker.tracked_metrics
    unknown = [name for _, name in tracked if name not in (*metrics, "loss")]
    names = " ".join(f"{'+' if sign > 0 else '-'}{name}" for sign, name in tracked)
    if unknown:
        known = [name for name in metrics if not name.startswith("kd_")]
        yield Finding(
            "error",
            f"The validation_metric is {names!r}, and the model has no metric {unknown[0]!r}: the training stops after "
            "its first epoch.",
            f"Set trainer.validation_metric to one of these, with + if more is better: {listed(known)}",
        )
    else:
        yield Finding("ok", f"The best epoch is that of the best {names} on the validation data")
