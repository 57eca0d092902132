"""
How far the probabilities of models are from how often they are right, before and after `allennlp skd-calibrate`.

The file is cut into runs of ten sentences, every second of which belongs to the first half. Each half gives the
temperature, and the thresholds of the types, that are measured on the other one. What is measured is the best label of
each word, each entity that is found, or each labelled arc. The expected calibration error is that of bins with equally
many of them (Naeini et al. 2015, Nixon et al. 2019).
"""

import argparse
import statistics
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Sequence, Tuple

import numpy as np
import torch
from allennlp.data import Instance
from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans

from skd_plugin.archives import LoadedModel, load
from skd_plugin.commands.calibrate import LabelledBatch, labelled_batches
from skd_plugin.models import FoundEntities, GoldLikelihood, MostProbable, TagOutput, entity_types
from skd_plugin.structures import Factorization, Parsing

RUN, BINS = 10, 15
WRONG, CONFIDENCE = 0.2, 0.9


class Outcomes(NamedTuple):
    """The probabilities of what a model has said, and whether it is right: arrays of shape (count,)."""

    probabilities: np.ndarray
    right: np.ndarray


def calibration_error(outcomes: Outcomes) -> float:
    """The mean distance, over bins with equally many outcomes, of the mean probability from the share of right ones."""
    order = outcomes.probabilities.argsort(kind="stable")
    bins = [part for part in np.array_split(order, BINS) if len(part)]
    gaps = [len(part) * abs(outcomes.probabilities[part].mean() - outcomes.right[part].mean()) for part in bins]
    return float(sum(gaps) / len(order))


def outcomes(model: Any, batches: Sequence[LabelledBatch], temperature: float) -> Dict[str, Outcomes]:
    """Those of each kind of thing that the model says, by its name."""
    collected: Dict[str, List[Tuple[List[float], List[bool]]]] = {}
    for batch in batches:
        distribution = batch.distribution.tempered(temperature)
        for name, some in _said(model, distribution, batch):
            collected.setdefault(name, []).append(some)
    return {
        name: Outcomes(*(np.array([one for part in column for one in part], dtype=float) for column in zip(*parts)))
        for name, parts in collected.items()
    }


def _said(
    model: Any, distribution: Factorization, batch: LabelledBatch
) -> Iterator[Tuple[str, Tuple[List[float], List[bool]]]]:
    mask = distribution.mask
    if isinstance(distribution, Parsing):
        tree = distribution.argmax
        probabilities = distribution.arc_probabilities(tree)  # type: ignore[attr-defined]
        gold = _gold_trees(model, batch)
        right = [
            (head, model.labels[relation]) == arc
            for heads, relations, arcs in zip(tree.heads.tolist(), tree.relations.tolist(), gold)
            for head, relation, arc in zip(heads, relations, arcs)
        ]
        yield "arcs", (probabilities[mask].tolist(), right)
        return
    spans = MostProbable().spans(distribution)
    types = entity_types(distribution)
    entities = [{*bioul_tags_to_spans(sentence["tags"])} for sentence in batch.metadata]
    columns = [column.tolist() for column in spans]
    right = [(types[kind], (first, last)) in entities[row] for row, first, last, kind, _ in zip(*columns)]
    yield "entities", (columns[4], right)
    if hasattr(distribution, "tag_probabilities"):
        tags = distribution.argmax
        named = [[model.tags[tag] for tag in row] for row in tags.tolist()]
        right = [ours == tag for row, one in zip(named, batch.metadata) for ours, tag in zip(row, one["tags"])]
        yield "tags", (distribution.tag_probabilities(tags)[mask].tolist(), right)


def _gold_trees(model: Any, batch: LabelledBatch) -> List[List[Tuple[int, str]]]:
    return [list(zip(one["heads"], one["relations"])) for one in batch.metadata]


def precision(
    batches: Sequence[LabelledBatch], temperature: float, others: Sequence[LabelledBatch]
) -> Tuple[int, int, int, int]:
    """
    Of thresholds that `others` have given: how many types have one, of how many of these the precision is as promised,
    and how many entities are returned and right.
    """
    found, measured = FoundEntities(), FoundEntities()
    for part, target in ((others, found), (batches, measured)):
        for batch in part:
            gold = [{*bioul_tags_to_spans(sentence["tags"])} for sentence in batch.metadata]
            target.add(batch.distribution.tempered(temperature), gold)
    kept, returned, right = [], 0, 0
    for kind, one in found.thresholds(WRONG, CONFIDENCE).items():
        if one.threshold is not None:
            above = [is_right for probability, is_right in measured.found[kind] if probability > one.threshold]
            kept.append(sum(above) >= (1 - WRONG) * len(above))
            returned, right = returned + len(above), right + sum(above)
    return len(kept), sum(kept), returned, right


def halves(loaded: LoadedModel, file: str) -> Tuple[List[Instance], List[Instance]]:
    instances = list(loaded.reader.read(file))
    runs = [instances[start : start + RUN] for start in range(0, len(instances), RUN)]
    return [one for run in runs[::2] for one in run], [one for run in runs[1::2] for one in run]


def rows(archive: Path, file: str) -> Iterator[Dict[str, float]]:
    """The measures of each half."""
    loaded = load(archive)
    parts = [list(labelled_batches(loaded, half)) for half in halves(loaded, file)]
    for ours, others in (parts, parts[::-1]):
        fit, check = GoldLikelihood(), GoldLikelihood()
        for target, batches in ((fit, others), (check, ours)):
            for batch in batches:
                target.add(batch.distribution, batch.gold)
        fitted = fit.fit()
        row = {
            "temperature": fitted.temperature,
            "loss before": float(check.losses(1.0).mean()),
            "loss after": float(check.losses(fitted.temperature).mean()),
        }
        for name, temperature in (("before", 1.0), ("after", fitted.temperature)):
            for kind, some in outcomes(loaded.model, ours, temperature).items():
                row[f"ECE of {kind} {name}"] = 100 * calibration_error(some)
                row[f"mean probability of {kind} {name}"] = 100 * float(some.probabilities.mean())
                row[f"share of right {kind} {name}"] = 100 * float(some.right.mean())
        if isinstance(loaded.model, TagOutput):
            names = ("types with a threshold", "types as precise as promised", "entities returned", "entities right")
            row |= dict(zip(names, map(float, precision(ours, fitted.temperature, others))))
        yield row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", help="labelled sentences")
    parser.add_argument("archives", nargs="+", type=Path)
    arguments = parser.parse_args()
    with torch.inference_mode():
        table = [row for archive in arguments.archives for row in rows(archive, arguments.file)]
    for name in table[0]:
        values = [row[name] for row in table]
        print(f"{name:40} {statistics.mean(values):7.3f} ± {statistics.stdev(values):.3f}")


if __name__ == "__main__":
    main()
