"""The only forward: which loss, when it decodes, and that an objective leaves no trace in the model."""

import copy
import logging
import pickle

import pytest
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.modules.seq2seq_encoders import PassThroughEncoder

from skd_plugin.models import MaxEntTagger


class Recorded:
    """An objective that is not a module: three times log Z, whatever the gold."""

    def __init__(self):
        self.calls, self.observed = [], []

    def __call__(self, factorization, gold, metadata):
        self.calls.append((gold, metadata, torch.is_autocast_enabled("cpu")))
        return 3 * factorization.log_partition.mean()

    def observe(self, factorization, metadata):
        self.observed.append(metadata)

    def get_metrics(self, reset):
        return {"calls": float(len(self.calls))}


def test_training_asks_the_objective_and_evaluation_asks_gold(tagger, batch):
    gold_loss = tagger(**batch)["loss"]
    tagger.objective = Recorded()

    torch.testing.assert_close(tagger(**batch)["loss"], gold_loss)
    assert not tagger.objective.calls and tagger.objective.observed == [batch["metadata"]]

    expected = 3 * tagger.factorize(batch["tokens"]).log_partition.mean()
    torch.testing.assert_close(tagger.train()(**batch)["loss"], expected)
    gold, metadata, _ = tagger.objective.calls[0]
    assert metadata is batch["metadata"]
    assert gold.known.any() and not gold.known.all()


def test_the_objectives_metrics_are_reported_with_the_models(tagger, batch):
    tagger(**batch)
    tagger.objective = Recorded()
    assert {"calls", "accuracy"} <= tagger.get_metrics(reset=True).keys()
    assert tagger.get_metrics() == {"calls": 0.0}


def test_training_decodes_only_where_asked(build, batch):
    silent = build("skd_crf_tagger").train()
    assert "tags" not in silent(**batch)
    assert silent.get_metrics() == {}

    asked = build("skd_crf_tagger", decode_in_training=True).train()
    assert asked(**batch)["tags"].shape == batch["tags"].shape
    assert "f1-measure-overall" in asked.get_metrics()


def test_without_tags_there_is_no_loss(tagger, batch):
    output = tagger(batch["tokens"])
    assert output.keys() == {"mask", "tags"}


def test_sentences_without_gold_count_in_the_average_but_add_nothing(tagger, batch):
    has_gold = (batch["tags"] >= 0).all(1)
    others = torch.where(has_gold.unsqueeze(1), batch["tags"], 0)
    each = tagger.factorize(batch["tokens"]).cross_entropy(
        tagger.gold(tagger.factorize(batch["tokens"]), {"tags": others}).parts
    )
    torch.testing.assert_close(tagger(**batch)["loss"], each[has_gold].sum() / len(has_gold))


def test_a_batch_without_any_gold_has_a_loss_of_zero_that_can_be_differentiated(tagger, batch):
    loss = tagger.train()(batch["tokens"], tags=torch.full_like(batch["tags"], -1))["loss"]
    loss.backward()
    assert loss.item() == 0
    assert all(parameter.grad.eq(0).all() for parameter in tagger.parameters())


def test_the_objective_is_no_part_of_the_model(tagger):
    before = tagger.state_dict().keys()
    tagger.objective = Recorded()
    assert tagger.state_dict().keys() == before


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_predicts_the_same(tagger, batch, copied):
    torch.testing.assert_close(copied(tagger)(**batch)["loss"], tagger(**batch)["loss"])


def test_the_mathematics_stays_out_of_autocast(tagger, batch):
    tagger.objective = Recorded()
    with torch.autocast("cpu", torch.bfloat16):
        assert tagger.train()(**batch)["loss"].dtype == torch.float32
    assert [autocast for _, _, autocast in tagger.objective.calls] == [False]


def test_encoder_and_feedforward_are_optional_and_chained(build, batch):
    encoder = {"type": "gru", "input_size": 6, "hidden_size": 5}
    feedforward = {"input_dim": 5, "num_layers": 1, "hidden_dims": 3, "activations": "relu"}
    model = build("skd_maxent_tagger", encoder=encoder, feedforward=feedforward, dropout=0.2)
    assert model.emissions.in_features == 3
    assert model(**batch)["loss"].isfinite()


def test_mismatching_dimensions_are_refused(build):
    with pytest.raises(ConfigurationError, match="input to the encoder"):
        build("skd_crf_tagger", encoder={"type": "lstm", "input_size": 7, "hidden_size": 2})


ENCODERS = {
    "lstm": {"type": "lstm", "hidden_size": 2},
    "transformer": {"type": "pytorch_transformer", "num_layers": 1, "num_attention_heads": 3},
    "pass through": "pass_through",
    "feedforward": {"type": "feedforward", "feedforward": {"num_layers": 1, "hidden_dims": 2, "activations": "relu"}},
}


@pytest.mark.parametrize("encoder", ENCODERS.values(), ids=ENCODERS)
@pytest.mark.parametrize("dim", [6, 9])
def test_sizes_that_are_left_out_are_those_of_the_embedded_words(build, batch, dim, encoder):
    embedder = {"token_embedders": {"tokens": {"type": "embedding", "embedding_dim": dim}}}
    feedforward = {"num_layers": 1, "hidden_dims": 3, "activations": "relu"}
    parameters = {"text_field_embedder": embedder, "encoder": encoder, "feedforward": feedforward}
    model = build("skd_maxent_tagger", **copy.deepcopy(parameters))
    assert model.encoder.get_input_dim() == dim
    assert model.feedforward.get_input_dim() == model.encoder.get_output_dim()
    assert model(**batch)["loss"].isfinite()


def test_sizes_that_are_given_cause_no_warning(build, caplog):
    build("skd_maxent_tagger", encoder={"type": "lstm", "input_size": 6, "hidden_size": 2})
    inner = {"input_dim": 6, "num_layers": 1, "hidden_dims": 2, "activations": "relu"}
    build("skd_maxent_tagger", encoder={"type": "feedforward", "feedforward": inner})
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_modules_may_be_given_in_place_of_their_configurations(build, vocab):
    model = build("skd_maxent_tagger")
    encoder = PassThroughEncoder(6)
    assert MaxEntTagger(vocab, text_field_embedder=model.text_field_embedder, encoder=encoder).encoder is encoder
    with pytest.raises(ConfigurationError, match="input to the encoder"):
        MaxEntTagger(vocab, text_field_embedder=model.text_field_embedder, encoder=PassThroughEncoder(7))
