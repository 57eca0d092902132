"""The CRF tagger trains, survives its archive, and its loss is the negative log-likelihood of a linear chain."""

from itertools import product

import torch
from allennlp.common.testing import ModelTestCase

CONFIG = "tests/models/configs/crf_ner.jsonnet"


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
