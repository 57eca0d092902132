"""The option `temperature` of all models: it divides their potentials, wherever they are asked for."""

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin.structures import HeadSelection

TAGGERS = [
    {"name": "skd_maxent_tagger"},
    {"name": "skd_crf_tagger"},
    {"name": "skd_crf_tagger", "factorization": "constrained_chain"},
    {"name": "skd_span_ner"},
]


@pytest.mark.parametrize("options", TAGGERS, ids=str)
def test_a_tagger_of_half_the_scores(build, batch, options):
    model, cooler = build(**options), build(**options, temperature=2)
    expected = model.factorize(batch["tokens"]).tempered(2)
    ours = cooler.factorize(batch["tokens"])
    assert type(ours) is type(expected) is type(cooler.untempered(batch["tokens"]))
    assert torch.equal(ours.log_partition, expected.log_partition)
    gold = cooler.gold(ours, batch)
    loss = expected.cross_entropy(gold.parts).masked_fill(~gold.known, 0).mean()
    assert torch.equal(cooler(**batch)["loss"], loss) and torch.equal(cooler.train()(**batch)["loss"], loss)
    assert torch.equal(cooler.eval()(**batch)["tags"], model(**batch)["tags"])


@pytest.mark.parametrize("name", ["skd_biaffine_parser", "skd_tagging_parser"])
def test_a_parser_of_half_the_scores(build_parser, tree_batch, name):
    expected = build_parser(name).factorize(tree_batch["tokens"]).tempered(2)
    model = build_parser(name, temperature=2)
    ours = model.factorize(tree_batch["tokens"])
    assert torch.equal(ours.log_partition, expected.log_partition)
    assert torch.equal(ours.argmax.heads, expected.argmax.heads)
    assert torch.equal(model(**tree_batch)["heads"], expected.argmax.heads)


def test_a_second_order_parser_has_half_the_logits_of_mean_field(build_parser, tree_batch):
    posterior = build_parser("skd_second_order_parser").factorize(tree_batch["tokens"]).posterior
    model = build_parser("skd_second_order_parser", temperature=2)
    ours = model.factorize(tree_batch["tokens"])
    assert type(ours) is HeadSelection
    torch.testing.assert_close(ours.arcs, posterior.arcs / 2)
    model.train()(**tree_batch)["loss"].backward()
    assert any(parameter.grad.abs().sum() > 0 for parameter in model.siblings.parameters())


def test_without_the_option_nothing_is_divided(build, batch, monkeypatch):
    model = build("skd_crf_tagger")
    monkeypatch.setattr("skd_plugin.structures.LinearChain.tempered", None)
    model(**batch)


@pytest.mark.parametrize("wrong", [0, -1, 1e9, float("nan")])
def test_what_is_no_temperature(build, wrong):
    with pytest.raises(ConfigurationError, match=r"`temperature` is .*, expected a number from 0.01 to 1000"):
        build("skd_maxent_tagger", temperature=wrong)
