"""The biaffine parser trains, survives its archive, and gives the distribution that its configuration names."""

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import ModelTestCase

from skd_plugin.models import ArcDistribution
from skd_plugin.structures import HeadSelection, NonProjectiveTree, ProjectiveTree

CONFIG = "tests/models/configs/biaffine_parser.jsonnet"
# Added to the scores of all arcs, or of all relations, they change no probability; only rounding gives them a gradient.
WITHOUT_GRADIENT = {"arcs._scores._bias", "relations._scores._bias"}


class TestBiaffineParser(ModelTestCase):
    def setup_method(self):
        super().setup_method()
        self.set_up_model(CONFIG, "fixtures/trees.conllu")

    def test_can_train_save_and_load(self):
        self.ensure_model_can_train_save_and_load(CONFIG, gradients_to_ignore=WITHOUT_GRADIENT)

    def test_batch_predictions_are_consistent(self):
        self.ensure_batch_predictions_are_consistent()


@pytest.mark.parametrize(
    "name, kind",
    [
        ("head_selection", HeadSelection),
        ("non_projective_tree", NonProjectiveTree),
        ("projective_tree", ProjectiveTree),
    ],
)
def test_the_factorization_is_chosen_by_name(build_parser, tree_batch, name, kind):
    parser = build_parser("skd_biaffine_parser", factorization=name)
    f = parser.factorize(tree_batch["tokens"])
    assert type(f) is kind
    first_order = build_parser("skd_biaffine_parser").factorize(tree_batch["tokens"])
    torch.testing.assert_close(f.arcs, first_order.arcs)
    assert parser.train()(**tree_batch)["loss"].isfinite()


def test_arcs_are_scored_by_the_root_and_the_words(build_parser, tree_batch):
    parser = build_parser("skd_biaffine_parser")
    f = parser.factorize(tree_batch["tokens"])
    batch, n = f.mask.shape
    assert f.arcs.shape == (batch, n, n + 1) and f.relation_log_probabilities.shape == (
        batch,
        n,
        n + 1,
        len(parser.labels),
    )
    with torch.no_grad():
        parser.root += 1
    changed = parser.factorize(tree_batch["tokens"]).arcs - f.arcs
    assert changed[..., 0].any() and not changed[..., 1:].any()


@pytest.mark.parametrize("name", ArcDistribution.list_available())
def test_a_distribution_by_name_alone_or_as_a_type(name):
    for params in (Params({"type": name}), name):
        distribution = ArcDistribution.from_params(params)
        f = distribution(torch.zeros(1, 2, 3), None, torch.ones(1, 2, dtype=torch.bool), ())
        assert type(f) is distribution.kind


def test_an_unknown_distribution_is_refused_with_the_known_ones():
    with pytest.raises(ConfigurationError, match="projective.*non_projective_tree|head_selection"):
        ArcDistribution.from_params(Params({"type": "projective"}))
