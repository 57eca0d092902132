"""ConstrainedChain keeps the contract, over any BIOUL tags and with any maximal width."""

from skd_plugin.structures import ConstrainedChain
from tests.structures.contracts.labeling import LabelingContract
from tests.structures.samples.sample import default_labels
from tests.structures.samples.strategies import bioul_labels


class TestConstrainedChain(LabelingContract):
    kind = ConstrainedChain
    labels = default_labels(ConstrainedChain)
    label_sets = bioul_labels()
