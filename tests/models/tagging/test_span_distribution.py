"""Distributions over spans by the names that a configuration gives them."""

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from skd_plugin.models import SpanDistribution
from skd_plugin.structures import FlatSpans, IndependentSpans


@pytest.mark.parametrize("name, kind", [("flat_spans", FlatSpans), ("independent_spans", IndependentSpans)])
def test_by_name_alone_or_as_a_type(name, kind):
    for params in (Params({"type": name}), name):
        distribution = SpanDistribution.from_params(params)
        f = distribution(torch.zeros(1, 2, 2, 1), torch.ones(1, 2, dtype=torch.bool), ("PER",))
        assert type(f) is distribution.kind is kind


def test_flat_spans_are_the_default():
    assert SpanDistribution.from_params(Params({})).kind is FlatSpans


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ConfigurationError, match="nested_spans.*flat_spans.*independent_spans"):
        SpanDistribution.from_params(Params({"type": "nested_spans"}))
