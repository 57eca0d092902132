"""The arcs that the labels of random samples of `ArcLabels` denote: relative offsets, which do not reach every arc."""

from typing import Dict, List, Sequence, Tuple

import torch
from torch import Tensor

from skd_plugin.structures.trees.encodings import RelativeOffset

# With this reach, labels denote every arc of the sentences that are enumerated.
COMPLETE = 9


def vocabulary(relations: Tuple[str, ...], reach: int) -> Tuple[str, ...]:
    """
    Labels for ROOT and for words at most `reach` away. Each relation reaches one word less far than the one before, but
    always the next word, so every sentence has a tree in which every arc has a label.
    """
    reaches = {relation: max(1, reach - k) for k, relation in enumerate(relations)}
    return tuple(sorted(f"{place}@{relation}" for relation in relations for place in _places(reaches[relation])))


def arc_tables(relations: Tuple[str, ...], lengths: Sequence[int], reach: int) -> Dict[str, Tensor]:
    labels = vocabulary(relations, reach)
    heads = RelativeOffset().heads(labels, torch.tensor(lengths))
    return {"heads": heads, "relation_of": torch.tensor([relations.index(label.split("@")[1]) for label in labels])}


def _places(reach: int) -> List[str]:
    return ["0", *(f"{sign}{distance}" for sign in "+-" for distance in range(1, reach + 1))]
