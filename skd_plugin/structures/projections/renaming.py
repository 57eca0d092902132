"""
Other names for the labels of a distribution: that of the structures in which every label has its new name.

Labels that get the same name are added up, where the result is a distribution of the same class. It is for independent
labels and spans and for relations, whose scores are added up as probabilities. It is not for chains: of a chain whose
labels are merged, the words are no longer a chain.
"""

from __future__ import annotations

from typing import Mapping, Optional, Sequence

import torch
from torch import Tensor

from skd_plugin.structures.algebra.errors import NotDefined
from skd_plugin.structures.algebra.factorization import Factorization
from skd_plugin.structures.algebra.potentials import FORBIDDEN
from skd_plugin.structures.sequences import bioul
from skd_plugin.structures.sequences.constrained_chain import ConstrainedChain
from skd_plugin.structures.sequences.labeling import Labeling
from skd_plugin.structures.sequences.linear_chain import LinearChain
from skd_plugin.structures.sequences.max_ent import MaxEnt
from skd_plugin.structures.sequences.weighted_sequences import WeightedSequences
from skd_plugin.structures.spans.independent_spans import IndependentSpans
from skd_plugin.structures.spans.span_factored import SpanFactored
from skd_plugin.structures.spans.weighted_spans import WeightedSpans
from skd_plugin.structures.trees.arc_factored import ArcFactored
from skd_plugin.structures.trees.weighted_trees import WeightedTrees

Names = Mapping[str, Optional[str]]
"""The new name of each label; None takes entities of a type away. Labels that are not there keep their names."""


def label_names(f: Factorization) -> tuple[str, ...]:
    """What can be renamed: the types of BIOUL tags, and the labels of other distributions."""
    are_sequences = isinstance(f, (Labeling, WeightedSequences))
    return bioul.types(f.labels) if are_sequences and bioul.is_bioul(f.labels) else f.labels


def renamed(f: Factorization, names: Names) -> Factorization:
    """
    The distribution of the structures with other names of their labels. No gradient is kept.

    # Parameters

    f : the distribution
    names : the new names of some of `label_names(f)`; None for a type of entities whose words count as outside

    Raises `NotDefined` if that is not a distribution of the same class: if labels of a chain get the same name, for
    example, or if a relation gets none.
    """
    with torch.no_grad():
        if isinstance(f, Labeling):
            return _renamed_sequences(f, names)
        if isinstance(f, SpanFactored):
            return _renamed_spans(f, names)
        if isinstance(f, ArcFactored):
            return _renamed_relations(f, names)
        if isinstance(f, (WeightedSequences, WeightedSpans, WeightedTrees)):
            return _renamed_structures(f, names)
    raise NotDefined(f"The labels of a {type(f).__name__} cannot be renamed.")


def _renamed_sequences(f: Labeling, names: Names) -> Labeling:
    new = [_tag(label, names) for label in f.labels] if bioul.is_bioul(f.labels) else _plain(f, names)
    distinct = tuple(dict.fromkeys(new))
    if isinstance(f, MaxEnt):
        return MaxEnt(_added(f.scores, new, distinct), f.mask, distinct)
    if len(distinct) < len(new):
        raise NotDefined(
            f"In a {type(f).__name__}, labels that get the same name, or none, would not be a chain any more. "
            f"It has {', '.join(label_names(f))}."
        )
    assert isinstance(f, (LinearChain, ConstrainedChain))
    settings = [getattr(f, name) for name in f.settings]
    return type(f)(f.emissions, f.transitions, f.start, f.end, f.mask, distinct, *settings)


def _tag(tag: str, names: Names) -> str:
    kind = names.get(tag[2:], tag[2:])
    return "O" if tag == "O" or kind is None else f"{tag[:2]}{kind}"


def _plain(f: Factorization, names: Names) -> list[str]:
    """The new labels of a distribution in which none can be taken away."""
    new = [names.get(label, label) for label in f.labels]
    without = [label for label, name in zip(f.labels, new) if name is None]
    if without:
        raise NotDefined(
            f"{', '.join(without)} cannot be taken away, because every word has one of these labels: "
            f"{', '.join(f.labels)}. Only types of entities can."
        )
    return [name for name in new if name is not None]


def _renamed_spans(f: SpanFactored, names: Names) -> SpanFactored:
    new = [names.get(label, label) for label in f.labels]
    distinct = tuple(dict.fromkeys(name for name in new if name is not None))
    scores = _added(f.scores, new, distinct)
    without = [index for index, name in enumerate(new) if name is None]
    if without:
        if not isinstance(f, IndependentSpans):
            raise NotDefined(
                f"In a {type(f).__name__}, spans of a type that is taken away would still exclude others: "
                f"{', '.join(f.labels[index] for index in without)}."
            )
        # The probability of "no entity", whose score is 0, grows by that of these types.
        scores = scores - torch.nn.functional.pad(f.scores[..., without], (1, 0)).logsumexp(-1, keepdim=True)
    return type(f)(scores.clamp(min=FORBIDDEN), f.mask, distinct)


def _renamed_relations(f: ArcFactored, names: Names) -> ArcFactored:
    new = _plain(f, names)
    distinct = tuple(dict.fromkeys(new))
    relations = f.relation_scores
    if relations is None or len(distinct) == len(new):
        return type(f)(f.arcs, relations, f.mask, distinct)
    return type(f)(f.arcs, _added(relations.table, new, distinct), f.mask, distinct)


def _renamed_structures(
    f: WeightedSequences | WeightedSpans | WeightedTrees, names: Names
) -> WeightedSequences | WeightedSpans | WeightedTrees:
    if isinstance(f, WeightedSpans):
        types = [names.get(label, label) for label in f.labels]
        return f.relabeled(types, tuple(dict.fromkeys(name for name in types if name is not None)))
    are_tags = isinstance(f, WeightedSequences) and bioul.is_bioul(f.labels)
    new = [_tag(label, names) for label in f.labels] if are_tags else _plain(f, names)
    return f.relabeled(new, tuple(dict.fromkeys(new)))


def _added(scores: Tensor, new: Sequence[Optional[str]], distinct: Sequence[str]) -> Tensor:
    """Log-potentials with the label axis last, those of labels with the same name added up."""
    groups = [[index for index, name in enumerate(new) if name == label] for label in distinct]
    if all(len(group) == 1 for group in groups):
        return scores[..., [index for group in groups for index in group]]
    return torch.stack([scores[..., group].logsumexp(-1) for group in groups], -1).clamp(min=FORBIDDEN)
