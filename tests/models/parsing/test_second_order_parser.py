"""The second-order parser trains, survives its archive, and begins as a first-order one."""

import torch
from allennlp.common.testing import ModelTestCase

from tests.models.parsing.test_biaffine_parser import WITHOUT_GRADIENT

CONFIG = "tests/models/configs/second_order_parser.jsonnet"


class TestSecondOrderParser(ModelTestCase):
    def setup_method(self):
        super().setup_method()
        self.set_up_model(CONFIG, "fixtures/trees.conllu")

    def test_can_train_save_and_load(self):
        # The first step moves the weights of the second order away from zero; only then do their views learn.
        views = {n for n, _ in self.model.named_parameters() if n.startswith(("siblings._", "grandparents._"))}
        ignored = (views - {"siblings._weights"}) | WITHOUT_GRADIENT
        self.ensure_model_can_train_save_and_load(CONFIG, gradients_to_ignore=ignored)

    def test_batch_predictions_are_consistent(self):
        self.ensure_batch_predictions_are_consistent()


def test_it_begins_as_a_first_order_parser(build_parser, tree_batch):
    f = build_parser("skd_second_order_parser").factorize(tree_batch["tokens"])
    torch.testing.assert_close(f.posterior.arcs[f.posterior.legal], f.arcs[f.posterior.legal])


def test_siblings_are_symmetric(build_parser, tree_batch):
    parser = build_parser("skd_second_order_parser")
    torch.nn.init.normal_(parser.siblings._weights)
    siblings = parser.factorize(tree_batch["tokens"]).siblings
    assert siblings.any()
    torch.testing.assert_close(siblings, siblings.transpose(1, 3))


def test_iterations_are_passed_on(build_parser, tree_batch):
    assert build_parser("skd_second_order_parser", iterations=2).factorize(tree_batch["tokens"]).iterations == 2
