"""The features of words."""

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.inputs import WordFeatures


def test_features_and_their_namespaces():
    features = WordFeatures()
    assert features.namespaces == ["words", "prefixes_1", "prefixes_3", "suffixes_2", "suffixes_3", "shapes"]
    assert features("McDonalds2") == ["mcdonalds2", "M", "McD", "s2", "ds2", "XxXxxxxd"]
    assert features("a") == ["a", "a", "a", "a", "a", "x"]


def test_which_affixes_there_are_is_a_choice():
    features = WordFeatures([2], [])
    assert features.namespaces == ["words", "prefixes_2", "shapes"]
    assert features("Oslo") == ["oslo", "Os", "Xxxx"]


@pytest.mark.parametrize("lengths", [[0, 1], [2, 2]])
def test_lengths_that_are_none(lengths):
    with pytest.raises(ConfigurationError, match=r"`suffixes` is \[.*\], expected different numbers of letters"):
        WordFeatures(suffixes=lengths)
