"""The CRF tagger trains and survives its archive; its loss is the negative log-likelihood under its distribution."""

from itertools import product

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.testing import ModelTestCase
from allennlp.data import Vocabulary

from skd_plugin.models import ChainDistribution
from skd_plugin.structures import ConstrainedChain, LinearChain

CONFIG = "tests/models/configs/crf_ner.jsonnet"
POTENTIALS = torch.zeros(1, 2, 2), torch.zeros(2, 2), torch.zeros(2), torch.zeros(2)


class TestCrfTagger(ModelTestCase):
    def setup_method(self):
        super().setup_method()
        self.set_up_model(CONFIG, "fixtures/ner.conll")

    def test_can_train_save_and_load(self):
        self.ensure_model_can_train_save_and_load(CONFIG)

    def test_batch_predictions_are_consistent(self):
        self.ensure_batch_predictions_are_consistent()


def test_the_loss_is_the_enumerated_negative_log_likelihood(build):
    model = build("skd_crf_tagger").double().train()
    tokens = {"tokens": {"tokens": torch.tensor([[2, 3, 4], [5, 6, 0]])}}
    tags = torch.tensor([[1, 0, 2], [3, 1, 0]])
    emissions, _ = model.emit(tokens)

    def score(sentence, labels):
        """The score of one structure, by definition."""
        total = model.start[labels[0]] + model.end[labels[-1]]
        total = total + sum(emissions[sentence, i, label] for i, label in enumerate(labels))
        return total + sum(model.transitions[a, b] for a, b in zip(labels, labels[1:]))

    def negative_log_likelihood(sentence, gold):
        structures = product(range(len(model.labels)), repeat=len(gold))
        log_partition = torch.stack([score(sentence, structure) for structure in structures]).logsumexp(0)
        return log_partition - score(sentence, gold)

    expected = (negative_log_likelihood(0, [1, 0, 2]) + negative_log_likelihood(1, [3, 1])) / 2
    torch.testing.assert_close(model(tokens, tags=tags)["loss"], expected)


@pytest.mark.parametrize("name, kind", [("linear_chain", LinearChain), ("constrained_chain", ConstrainedChain)])
def test_a_distribution_by_name_alone_or_as_a_type(name, kind):
    for params in (Params({"type": name}), name):
        distribution = ChainDistribution.from_params(params)
        f = distribution(*POTENTIALS, torch.ones(1, 2, dtype=torch.bool), ("O", "U-PER"))
        assert type(f) is distribution.kind is kind


def test_all_sequences_are_the_default():
    assert ChainDistribution.from_params(Params({})).kind is LinearChain


def test_an_unknown_distribution_is_refused_with_the_known_ones():
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
