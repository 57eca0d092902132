"""Queries that together need every kernel, for each type that potentials have."""

import torch
from torch import Tensor

from skd_plugin.structures import Factorization, Labeling, Parsing, Segments, cross_entropy, encodings
from tests.structures.samples.kinds import POTENTIALS
from tests.structures.samples.sample import BIOUL, Sample, default_labels, random_sample

# Scores so far apart that their exponentials are 0, for the kernels that compute with logarithms.
EXTREME = 1e4


def compile_all() -> None:
    """Ask every factorization for everything that has a kernel, in both precisions."""
    for kind in POTENTIALS:
        labels = BIOUL if issubclass(kind, Labeling) else default_labels(kind)
        sample = random_sample(kind, seed=0, labels=labels)
        for variant in (sample, sample.map(Tensor.float), random_sample(kind, seed=0, labels=labels, scale=EXTREME)):
            query(variant)
    encodings.RelativePos().heads(("0@root", "+1,NOUN@det"), torch.tensor([2]), [["DET", "NOUN"]])


def query(sample: Sample) -> tuple:
    f: Factorization = sample.leaves().build()
    cross_entropy(sample.build(), f, "renormalize").sum().backward()
    f.n_best(2)
    if isinstance(f, Parsing):
        f.arc_probabilities(f.argmax)
    else:
        words = f.mask.long()
        f.span_probabilities(Segments(widths=words, types=0 * words))
    return f.argmax, f.choices
