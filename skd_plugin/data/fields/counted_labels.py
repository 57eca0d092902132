"""Labels that the vocabulary counts, and that go no further."""

from typing import Dict, List

from allennlp.data.fields import MetadataField


class CountedLabels(MetadataField):
    """
    Labels of a sentence that a model makes itself, from the tree say, and needs the inventory of.

    The vocabulary counts them; they are never indexed, need not be known to it, and become no tensor: a model is
    given the strings, as with any `MetadataField`.
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
