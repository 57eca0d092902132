"""The base of contracts: tests of one class of distributions, drawn by hypothesis or fixed."""

from typing import ClassVar, Tuple, Type

from hypothesis import strategies as st

from skd_plugin.structures import Factorization
from tests.structures.samples.sample import Sample, random_sample
from tests.structures.samples.strategies import samples


class Contract:
    """
    A concrete test sets `kind`, the `labels` of fixed samples, and the `label_sets` that are drawn from.

    It names the potentials that the first query looks at, and not the constructor, in `checked_by_queries`.
    """

    kind: ClassVar[Type[Factorization]]
    labels: ClassVar[Tuple[str, ...]]
    label_sets: ClassVar[st.SearchStrategy[Tuple[str, ...]]]
    checked_by_queries: ClassVar[Tuple[str, ...]] = ()

    def drawn(self, data: st.DataObject) -> Sample:
        return data.draw(samples(self.kind, self.label_sets))

    def fixed(self, seed: int, **changes) -> Sample:
        return random_sample(self.kind, seed, **{"labels": self.labels, **changes})
