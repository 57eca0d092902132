"""
F1 of the decodings of entities, on halves of a file that had no part in choosing them.

The file is cut into runs of ten sentences, which are divided into two halves at random. Each half chooses a decoding
for the other one: by the F1 that the model expects of it, by half of the F1 of its most probable entities, and by the
threshold that `allennlp skd-tune-decoding` finds.
"""

import argparse
import random
import statistics
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Set, Tuple

import torch
from allennlp.data import Batch
from allennlp.data.dataset_readers.dataset_utils import bioul_tags_to_spans

from skd_plugin.archives import LoadedModel, load
from skd_plugin.models import Observations
from skd_plugin.models.batches import batches_by_length
from skd_plugin.structures import Factorization

RUN, BATCH = 10, 32


class Sentence(NamedTuple):
    """The distribution over the entities of one sentence, and its gold entities."""

    distribution: Factorization
    gold: Set[Tuple[str, Tuple[int, int]]]


def read(loaded: LoadedModel, file: str) -> List[Sentence]:
    """The sentences of a labelled file, in its order."""
    model, reader = loaded
    instances = list(reader.read(file))
    sentences: Dict[int, Sentence] = {}
    for places in batches_by_length([len(instance["tokens"]) for instance in instances], model.scored_words):
        batch = Batch([instances[place] for place in places])
        for instance in batch.instances:
            reader.apply_token_indexers(instance)
        batch.index_instances(model.vocab)
        inputs: Any = batch.as_tensor_dict()
        with torch.inference_mode():
            rows = model.factorize(inputs["tokens"], inputs["metadata"]).unstack()
        for place, row, metadata in zip(places, rows, inputs["metadata"]):
            sentences[place] = Sentence(row, {*bioul_tags_to_spans(metadata["tags"])})
    return [sentences[place] for place in range(len(instances))]


def observe(sentences: Sequence[Sentence]) -> Observations:
    """The probable spans of some sentences."""
    ordered = sorted(sentences, key=lambda sentence: sentence.distribution.mask.shape[1])
    observed = Observations()
    for start in range(0, len(ordered), BATCH):
        part = ordered[start : start + BATCH]
        distributions = [sentence.distribution for sentence in part]
        observed.add(type(distributions[0]).stack(distributions), [sentence.gold for sentence in part])
    return observed


def scores(ours: Observations, other: Observations) -> Dict[str, float]:
    """F1 on the other half, in percent, by what this half has chosen."""
    best, tuned = other.most_probable(), ours.tune()
    chosen = other.at(tuned.threshold) if tuned.is_better else best
    f1 = {
        "most probable": best.f1,
        "expected F1": other.at(ours.expected_f1() / 2).f1,
        "half of F1": other.at(ours.most_probable().f1 / 2).f1,
        "tuned": chosen.f1,
        "recall": best.recall,
        "recall tuned": chosen.recall,
        "halves that keep the default": float(not tuned.is_better),
    }
    return {name: 100 * value for name, value in f1.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", help="labelled sentences")
    parser.add_argument("archives", nargs="+", type=Path)
    parser.add_argument("--splits", type=int, default=10)
    arguments = parser.parse_args()
    rows = [row for archive in arguments.archives for row in halves(archive, arguments.file, arguments.splits)]
    for name in rows[0]:
        values = [row[name] for row in rows]
        print(f"{name:30} {statistics.mean(values):5.1f} ± {statistics.stdev(values):.1f}")


def halves(archive: Path, file: str, splits: int) -> List[Dict[str, float]]:
    """The scores of each half of each split."""
    sentences = read(load(archive), file)
    runs = [sentences[start : start + RUN] for start in range(0, len(sentences), RUN)]
    rows = []
    for seed in range(splits):
        random.Random(seed).shuffle(shuffled := list(runs))
        middle = len(runs) // 2
        first, second = (
            observe([one for run in part for one in run]) for part in (shuffled[:middle], shuffled[middle:])
        )
        rows += [scores(first, second), scores(second, first)]
    return rows


if __name__ == "__main__":
    main()
