"""Weights that do not fit the model are refused, and the message names some of them."""

import pytest
import torch

from skd_plugin.archives import NotLoadable, build, read
from skd_plugin.archives.weights import load_weights

EMBEDDING = "text_field_embedder.token_embedder_tokens.weight"


class OfOlderVersions(torch.nn.Linear):
    """A module whose older archives have no bias."""

    authorized_missing_keys = [r"bias$"]


@pytest.fixture
def saved(tagger):
    return read(tagger)


def refused(saved, message):
    with pytest.raises(NotLoadable, match=f"The weights do not fit the model that the config describes .{message}"):
        build(saved)


def test_missing_weights(saved):
    for name in [name for name in saved.weights if name.startswith("encoder")]:
        del saved.weights[name]
    refused(
        saved, r"missing: encoder\S+, encoder\S+, encoder\S+ and \d more.\. Take config, vocabulary and weights from"
    )


def test_weights_that_the_model_does_not_have(saved):
    saved.weights["decoder.weight"] = torch.zeros(1)
    refused(saved, "not in the model: decoder.weight.")


def test_a_vocabulary_of_another_size(saved):
    text = saved.vocabulary["tokens.txt"]
    changed = saved._replace(vocabulary={**saved.vocabulary, "tokens.txt": f"{text}one_more\n"})
    rows = len(saved.weights[EMBEDDING])
    refused(changed, rf"of another size: {EMBEDDING} \({rows}, 8\) for \({rows + 1}, 8\)")


@pytest.mark.parametrize("name", ["bias", "weight"])
def test_what_older_versions_did_not_save(name):
    model = torch.nn.Sequential(OfOlderVersions(2, 1))
    weights = {f"0.{name}": model.state_dict()[f"0.{name}"]}
    if name == "weight":
        load_weights(weights, model)
    else:
        with pytest.raises(NotLoadable, match="missing: 0.weight"):
            load_weights(weights, model)
