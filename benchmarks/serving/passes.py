"""CPU seconds of passes of `nlp.pipe` over texts: repeated ones, and first ones of pipelines just loaded.

A pipeline may remember the words that it has seen. In repeated passes it has seen them all; in a first pass it meets
each word as a stream of new texts would bring it.
"""

import gc
import random
import time
from collections import deque
from functools import partial
from typing import Callable, Iterable, Mapping, Sequence

from spacy.language import Language

from benchmarks import timing

_FEW = 10  # texts


def repeated_passes(
    pipelines: Mapping[str, Language], texts: Sequence[str], rounds: int, seed: int
) -> dict[str, list[float]]:
    """Passes by the same pipelines, in random order in each round, after a warm-up."""
    gc.collect()
    gc.freeze()  # no pipeline pays for collections that walk over the objects of another
    try:
        return timing.race({name: partial(_run, nlp, texts) for name, nlp in pipelines.items()}, rounds, seed)
    finally:
        gc.unfreeze()


def first_passes(
    loads: Mapping[str, Callable[[], Language]], texts: Sequence[str], rounds: int, seed: int
) -> dict[str, list[float]]:
    """Each by a pipeline loaded for it, in random order in each round; loading is not timed."""
    seconds: dict[str, list[float]] = {name: [] for name in loads}
    order, shuffle = list(loads), random.Random(seed).shuffle
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            seconds[name].append(_first_pass(loads[name](), texts))
    return seconds


def _first_pass(nlp: Language, texts: Sequence[str]) -> float:
    _run(nlp, texts[:_FEW])  # compiles and loads what is loaded lazily
    gc.collect()
    before = time.process_time()
    _run(nlp, texts)
    return time.process_time() - before


def _run(nlp: Language, texts: Iterable[str]) -> None:
    deque(nlp.pipe(texts), maxlen=0)
