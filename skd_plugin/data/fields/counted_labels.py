"""A field of labels that the vocabulary counts but never indexes."""

from typing import Dict, List

from allennlp.data.fields import MetadataField


class CountedLabels(MetadataField):
    """
    Labels of a sentence that a model computes itself, for example from the tree, so that it needs only their inventory.

    The vocabulary counts them. They are never indexed, and the vocabulary need not know them. A model gets the strings,
    as with any `MetadataField`.

    # Parameters

    labels : `List[str]`
    namespace : `str`
        The vocabulary's namespace of the labels.
    """

    __slots__ = ["_namespace"]

    def __init__(self, labels: List[str], namespace: str) -> None:
        super().__init__(labels)
        self._namespace = namespace

    def count_vocab_items(self, counter: Dict[str, Dict[str, int]]) -> None:
        for label in self.metadata:
            counter[self._namespace][label] += 1

    def empty_field(self) -> "CountedLabels":
        return CountedLabels([], self._namespace)
