"""Distributions over trees by the names that a configuration gives them."""

import pytest
import torch
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError

from skd_plugin.models import ArcDistribution


@pytest.mark.parametrize("name", ArcDistribution.list_available())
def test_by_name_alone_or_as_a_type(name):
    for params in (Params({"type": name}), name):
        distribution = ArcDistribution.from_params(params)
        f = distribution(torch.zeros(1, 2, 3), None, torch.ones(1, 2, dtype=torch.bool), ())
        assert type(f) is distribution.kind


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ConfigurationError, match="projective.*non_projective_tree|head_selection"):
        ArcDistribution.from_params(Params({"type": "projective"}))
