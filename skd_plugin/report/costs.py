"""What the systems cost: parameters, size, training time and steps, and words per second."""

import json
import re
import time
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np
import torch

from skd_plugin.archives import LoadedModel
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.models.batches import batches_by_length
from skd_plugin.report.predictions import tensors_of
from skd_plugin.report.systems import Run

ROUNDS = 3
_WORDS = 4000
"""How many words are read in each round. More say little more, and a teacher is slow."""


class Cost(NamedTuple):
    """
    parameters : the number of weights
    megabytes : the size of the archive
    seconds, epochs, steps : of its training; None where the run does not say
    """

    parameters: int
    megabytes: float
    seconds: Optional[float]
    epochs: Optional[int]
    steps: Optional[int]


class Speed(NamedTuple):
    """Words per second: the fastest of some rounds, and the slowest."""

    fastest: float
    slowest: float


def cost(run: Run, loaded: LoadedModel, sentences: Optional[int]) -> Cost:
    """What a run has cost. `sentences` is the number of its training sentences, None if it is not known."""
    metrics = metrics_of(run)
    files = [run.path] if run.path.is_file() else [file for file in run.path.rglob("*") if file.is_file()]
    epochs = metrics["epoch"] + 1 if "epoch" in metrics else None
    return Cost(
        sum(parameter.numel() for parameter in loaded.model.parameters()),
        sum(file.stat().st_size for file in files) / 1e6,
        _seconds(metrics.get("training_duration")),
        epochs,
        _steps(run.config, sentences, epochs),
    )


def metrics_of(run: Run) -> Dict[str, Any]:
    """The metrics of a run that has ended; empty if its folder has none."""
    file = run.folder / "metrics.json"
    try:
        return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}
    except ValueError:
        return {}


def _seconds(duration: Optional[str]) -> Optional[float]:
    """Of `1 day, 2:03:04.5`, as AllenNLP writes it."""
    match = re.fullmatch(r"(?:(\d+) days?, )?(\d+):(\d\d):(\d\d(?:\.\d+)?)", duration or "")
    if match is None:
        return None
    days, hours, minutes, seconds = (float(group or 0) for group in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def _steps(config: Dict[str, Any], sentences: Optional[int], epochs: Optional[int]) -> Optional[int]:
    """The number of steps, from the sizes of the data and of a batch."""
    loader = config.get("data_loader") or {}
    size = loader.get("batch_size") or (loader.get("batch_sampler") or {}).get("batch_size")
    batches = loader.get("batches_per_epoch")
    if batches is None and sentences and size:
        batches = -(-sentences // size)
    if batches is None or epochs is None:
        return None
    accumulated = (config.get("trainer") or {}).get("num_gradient_accumulation_steps") or 1
    return int(epochs * -(-batches // accumulated))


def speeds(models: Dict[str, LoadedModel], sentences: Sequence[Sentence], rounds: int = ROUNDS) -> Dict[str, Speed]:
    """
    Words per second from words to tags or trees, on the processor, in batches of sentences of similar length.

    The models take turns, so that what else the machine does slows all of them.
    """
    order = np.random.default_rng(0).permutation(len(sentences))
    ends = np.cumsum([len(sentences[place].words) for place in order])
    some = [sentences[place] for place in order[: int(ends.searchsorted(_WORDS)) + 1]]
    times: Dict[str, List[float]] = {name: [] for name in models}
    for number in range(rounds + 1):
        for name, loaded in models.items():
            start = time.perf_counter()
            _read(loaded, some)
            # What is made once, such as compiled kernels, is made in the first round.
            times[name] += [time.perf_counter() - start] if number else []
    words = sum(len(sentence.words) for sentence in some)
    return {name: Speed(words / min(one), words / max(one)) for name, one in times.items()}


def _read(loaded: LoadedModel, sentences: Sequence[Sentence]) -> None:
    for places in batches_by_length([len(sentence.words) for sentence in sentences], loaded.model.scored_words):
        with torch.inference_mode():
            tokens, metadata = tensors_of(loaded, [sentences[place] for place in places])
            loaded.model.decode(loaded.model.factorize(tokens, metadata), {}, metadata)
