"""The softmax tagger trains, survives its archive, and its loss is the softmax cross-entropy."""

import torch
from allennlp.common.testing import ModelTestCase
from torch.nn.functional import cross_entropy

CONFIG = "tests/models/configs/maxent_ner.jsonnet"


class TestMaxEntTagger(ModelTestCase):
    def setup_method(self):
        super().setup_method()
        self.set_up_model(CONFIG, "fixtures/ner.conll")

    def test_can_train_save_and_load(self):
        self.ensure_model_can_train_save_and_load(CONFIG)

    def test_batch_predictions_are_consistent(self):
        self.ensure_batch_predictions_are_consistent()


def test_the_loss_is_summed_over_words_and_averaged_over_sentences(build):
    model = build("skd_maxent_tagger").train()
    tokens = {"tokens": {"tokens": torch.tensor([[2, 3, 4], [5, 6, 0]])}}
    tags = torch.tensor([[1, 0, 2], [3, 1, 0]])
    scores, mask = model.emit(tokens)

    expected = cross_entropy(scores[mask], tags[mask], reduction="sum") / 2
    torch.testing.assert_close(model(tokens, tags=tags)["loss"], expected)
