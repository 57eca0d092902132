"""HeadSelection satisfies the contract."""

import torch

from skd_plugin.structures import HeadSelection
from tests.structures.contracts.gradients import ExpectationContract
from tests.structures.contracts.parsing import ArcFactoredContract, UnlabelledContract
from tests.structures.samples.sample import close, random_sample


class TestHeadSelection(ArcFactoredContract, ExpectationContract):
    kind = HeadSelection


class TestHeadSelectionWithoutRelations(UnlabelledContract, ExpectationContract):
    kind = HeadSelection


def test_marginals_are_a_softmax_over_the_other_words_and_root():
    sample = random_sample(HeadSelection, seed=110, lengths=(3, 3), labels=())
    own = torch.eye(3, dtype=torch.bool)
    arcs = sample.potentials["arcs"].clone()
    arcs[:, :, 1:][:, own] = -torch.inf
    close(sample.build().marginals.arcs, arcs.softmax(-1))
