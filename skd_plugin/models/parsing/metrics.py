"""Metrics of predicted trees: attachment scores with and without punctuation, and exact match."""

import unicodedata
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

import torch
from allennlp.training.metrics.attachment_scores import AttachmentScores
from torch import Tensor

from skd_plugin.structures import Tree


class ParsingMetrics:
    """
    The metrics of a parser, accumulated over batches and over the processes of a distributed run.

    - `UAS`, `LAS`: the share of words with the right head, and with the right head and relation. As in the CoNLL 2018
      shared task, punctuation counts, and the subtypes of relations do not (`nsubj:pass` is `nsubj`).
    - `UEM`, `LEM`: the share of sentences in which this holds for all words.
    - `UAS_no_punctuation`, `LAS_no_punctuation`: UAS and LAS without words that consist of punctuation marks.
    - `LAS_subtypes`: LAS with whole relations.
    """

    def __init__(self, labels: Tuple[str, ...]) -> None:
        self._universal_ids = {label: index for index, label in enumerate(dict.fromkeys(map(universal, labels)))}
        self._universal = torch.tensor([self._universal_ids[universal(label)] for label in labels])
        self._all, self._no_punctuation, self._subtypes = AttachmentScores(), AttachmentScores(), AttachmentScores()

    def __call__(
        self,
        predicted: Tree,
        gold: Tree,
        mask: Tensor,
        words: Sequence[Sequence[str]],
        names: Optional[Mapping[int, Sequence[str]]] = None,
    ) -> None:
        """
        Adds a batch of trees, ids of shape (batch, n), in which every sentence has gold.

        `names` has the gold relations as strings for the sentences, by their rows, that have one which is not an id.
        All processes of a distributed run have to call it together, because it synchronizes them.
        """
        trees = (*self._universal_relations(predicted, {}), *self._universal_relations(gold, names or {}))
        arguments = {
            self._all: (*trees, mask),
            self._no_punctuation: (*trees, mask & ~_punctuation(words, mask)),
            self._subtypes: (*predicted, *gold, mask),
        }
        for metric, tensors in arguments.items():
            metric(*tensors)  # type: ignore[arg-type]

    def get(self, reset: bool) -> Dict[str, float]:
        """The metrics since the last reset. They are empty, not 0, if no batch was decoded and scored."""
        if not self._all._total_words:
            return {}
        scores, subtypes = self._all.get_metric(reset), self._subtypes.get_metric(reset)
        no_punctuation = self._no_punctuation.get_metric(reset)
        return {
            **scores,
            **{f"{name}_no_punctuation": no_punctuation[name] for name in ("UAS", "LAS")},
            "LAS_subtypes": subtypes["LAS"],
        }

    def _universal_relations(self, tree: Tree, names: Mapping[int, Sequence[str]]) -> Tuple[Tensor, Tensor]:
        """The tree without subtypes. The relation is negative, and so always wrong, if no label has its name."""
        assert tree.relations is not None
        ids = self._universal.to(tree.relations.device)[tree.relations.clamp(min=0)]
        ids = torch.where(tree.relations < 0, tree.relations, ids)
        for row, relations in names.items():
            known = [self._universal_ids.get(universal(name), -1) for name in relations]
            ids[row, : len(known)] = torch.tensor(known, device=ids.device)
        return tree.heads, ids


def universal(relation: str) -> str:
    """The relation without its subtype."""
    return relation.split(":")[0]


def is_punctuation(word: str) -> bool:
    """Whether Unicode classifies all characters of the word as punctuation."""
    return all(unicodedata.category(character).startswith("P") for character in word)


def _punctuation(words: Sequence[Sequence[str]], mask: Tensor) -> Tensor:
    marks: List[List[bool]] = [[is_punctuation(word) for word in sentence] for sentence in words]
    padded = [row + [False] * (mask.shape[1] - len(row)) for row in marks]
    return torch.tensor(padded, dtype=torch.bool, device=mask.device).view(mask.shape)
