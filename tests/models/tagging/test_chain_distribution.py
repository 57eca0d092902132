"""Distributions over tags by the names that a configuration gives them."""

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary

from skd_plugin.models import ChainDistribution
from skd_plugin.structures import ConstrainedChain, LinearChain

POTENTIALS = torch.zeros(1, 2, 2), torch.zeros(2, 2), torch.zeros(2), torch.zeros(2)


@pytest.mark.parametrize("name, kind", [("linear_chain", LinearChain), ("constrained_chain", ConstrainedChain)])
def test_by_name_alone_or_as_a_type(name, kind):
    for params in (Params({"type": name}), name):
        distribution = ChainDistribution.from_params(params)
        f = distribution(*POTENTIALS, torch.ones(1, 2, dtype=torch.bool), ("O", "U-PER"))
        assert type(f) is distribution.kind is kind


def test_all_sequences_are_the_default():
    assert ChainDistribution.from_params(Params({})).kind is LinearChain


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ConfigurationError, match="tree.*linear_chain.*constrained_chain"):
        ChainDistribution.from_params(Params({"type": "tree"}))


def test_a_constrained_tagger_gives_no_probability_to_ill_formed_tags(build):
    model = build("skd_crf_tagger", factorization={"type": "constrained_chain"}).double().train()
    tokens = {"tokens": {"tokens": torch.tensor([[2, 3]])}}
    f = model.factorize(tokens)
    assert type(f) is ConstrainedChain
    best = f.n_best(len(model.labels) ** 2).log_probabilities
    torch.testing.assert_close(best.exp().sum().item(), 1.0)


def test_labels_that_are_no_entity_tags_are_refused_with_the_remedy(build):
    vocab = Vocabulary()
    for label in ("NOUN", "VERB"):
        vocab.add_token_to_namespace(label, "labels")
    with pytest.raises(ConfigurationError, match="labels are NOUN, VERB, expected BIOUL.*Leave out `factorization`"):
        build("skd_crf_tagger", vocab=vocab, factorization="constrained_chain")
