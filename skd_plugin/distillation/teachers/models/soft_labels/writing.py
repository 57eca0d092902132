"""Any distribution of a sentence as a line of a file of soft labels."""

import json
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
import torch
from numpy.typing import NDArray

from skd_plugin.distillation.teachers.model import Words
from skd_plugin.structures import (
    ArcFactored,
    Factorization,
    HeadSelection,
    IndependentSpans,
    Labeling,
    MaxEnt,
    SpanFactored,
    WeightedSequences,
    WeightedSpans,
    WeightedStructures,
    WeightedTrees,
)

LARGEST_THRESHOLD = 0.1

# Relations that differ by no more than this are the same whatever the head is.
_SAME = 1e-7

Labels = Dict[str, Any]


class Written(NamedTuple):
    """
    A line, and what is not in it.

    # Parameters

    line : `str`
        JSON, without the end of the line.
    left_out : `float`
        The largest probability that was left out at one word: of its tags or heads, or of the spans that begin there.
    """

    line: str
    left_out: float


def write_line(words: Words, distribution: Factorization, threshold: float) -> Written:
    """
    The distribution of a sentence as a line. Lists of structures are written as they are.

    # Parameters

    words : `Words`
    distribution : `Factorization`
        A batch of one, as it is stored of a teacher.
    threshold : `float`
        Probabilities that are not larger are left out; those of the other tags, heads and relations are divided by
        their sum. The largest one at a word always stays.
    """
    if isinstance(distribution, Labeling):
        labels, left_out = _tags(distribution, threshold)
    elif isinstance(distribution, SpanFactored):
        labels, left_out = _spans(distribution, threshold)
    elif isinstance(distribution, ArcFactored):
        labels, left_out = _heads(distribution, threshold)
    else:
        assert isinstance(distribution, WeightedStructures)
        labels, left_out = _n_best(distribution), 0.0
    return Written(json.dumps({"words": list(words), **labels}, ensure_ascii=False), left_out)


def what_is_lost(kind: type[Factorization]) -> str:
    """In one sentence, what a file of soft labels cannot say of such distributions; empty if it says all."""
    if issubclass(kind, (MaxEnt, IndependentSpans, HeadSelection, WeightedStructures)):
        return ""
    if issubclass(kind, Labeling):
        said = "the probabilities of each word's tags, but not how they depend on those of its neighbours"
    elif issubclass(kind, SpanFactored):
        said = "the probability of each span, but not that spans exclude each other"
    else:
        said = "the probabilities of each word's heads, but not that heads form a tree"
    return f"Of a {kind.__name__} the file has {said}. A store has the whole distribution."


def _tags(f: Labeling, threshold: float) -> Tuple[Labels, float]:
    probabilities, left_out = _kept(_array(f.token_marginals)[0], threshold)
    return {"tags": [_named(row, f.labels) for row in probabilities]}, left_out


def _spans(f: SpanFactored, threshold: float) -> Tuple[Labels, float]:
    probabilities = _array(f.marginals.spans)[0]
    above = probabilities > threshold
    left_out = np.where(above, 0, probabilities).sum((1, 2)).max(initial=0)
    spans = [
        {"first": i, "last": i + w, "type": f.labels[t], "probability": _rounded(probabilities[i, w, t])}
        for i, w, t in np.argwhere(above).tolist()
    ]
    return {"spans": spans}, float(left_out)


def _heads(f: ArcFactored, threshold: float) -> Tuple[Labels, float]:
    arcs, left_out = _kept(_array(f.arc_marginals)[0], threshold)
    numbers = [str(head) for head in range(arcs.shape[1])]
    labels: Labels = {"heads": [_named(row, numbers) for row in arcs]}
    if f.relation_scores is None:
        return labels, left_out
    words, heads = np.nonzero(arcs)
    with torch.no_grad():
        scores = f.relation_scores.of_arcs(torch.from_numpy(words * arcs.shape[1] + heads))
    relations, left_out_of_relations = _kept(_array(scores.double().softmax(-1)), threshold)
    labels["relations"] = [
        _relations_of_word(relations[words == word], heads[words == word], f.labels) for word in range(len(arcs))
    ]
    return labels, max(left_out, left_out_of_relations)


def _relations_of_word(relations: NDArray[np.float64], heads: NDArray[np.int64], labels: Sequence[str]) -> Labels:
    if np.ptp(relations, 0).max() <= _SAME:
        return _named(relations[0], labels)
    return {str(head): _named(row, labels) for head, row in zip(heads.tolist(), relations)}


def _n_best(f: WeightedStructures) -> Labels:
    weights = f.probabilities[0].tolist()
    structures: List[Labels] = []
    for weight, structure in zip(weights, f.ranks):
        if weight > 0:
            structures.append({"weight": _rounded(weight), **_structure(f, structure)})
    return {"n_best": structures}


def _structure(f: WeightedStructures, structure: Any) -> Labels:
    if isinstance(f, WeightedSequences):
        return {"tags": [f.labels[label] for label in structure[0].tolist()]}
    if isinstance(f, WeightedSpans):
        columns = enumerate(zip(*(part[0].tolist() for part in structure)))
        return {
            "spans": [
                {"first": first, "last": first + width - 1, "type": f.labels[kind]}
                for first, (width, kind) in columns
                if width
            ]
        }
    assert isinstance(f, WeightedTrees)
    heads = {"heads": structure.heads[0].tolist()}
    if structure.relations is None:
        return heads
    return {**heads, "relations": [f.labels[label] for label in structure.relations[0].tolist()]}


def _kept(probabilities: NDArray[np.float64], threshold: float) -> Tuple[NDArray[np.float64], float]:
    """Distributions in rows without what is not above the threshold, and the most that a row has lost."""
    above = (probabilities > threshold) | (probabilities == probabilities.max(1, keepdims=True, initial=0))
    kept = np.where(above, probabilities, 0)
    sums = kept.sum(1, keepdims=True)
    left_out = (probabilities.sum(1, keepdims=True) - sums).max(initial=0)
    return kept / sums, float(left_out)


def _named(row: NDArray[np.float64], names: Sequence[str]) -> Dict[str, float]:
    return {names[index]: _rounded(row[index]) for index in np.flatnonzero(row).tolist()}


def _rounded(probability: float) -> float:
    """With nine digits, as many as float32 has."""
    return float(f"{probability:.9g}")


def _array(tensor: torch.Tensor) -> NDArray[np.float64]:
    return tensor.detach().cpu().double().numpy()
