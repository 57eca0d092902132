"""Mistakes in a configuration are ConfigurationErrors, whoever finds them."""

from typing import Literal

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.compat.configuration import check_option, configuration_errors
from skd_plugin.structures import LabelMismatch


@pytest.mark.parametrize("prefix, message", [("", "no label"), ("Not the teacher's.", "Not the teacher's. no label")])
def test_an_error_keeps_its_message_and_its_cause(prefix, message):
    with pytest.raises(ConfigurationError) as raised, configuration_errors(KeyError, ValueError, prefix=prefix):
        raise LabelMismatch("no label")
    assert str(raised.value) == message
    assert isinstance(raised.value.__cause__, LabelMismatch)


def test_other_errors_pass():
    with pytest.raises(ValueError, match="a bug"), configuration_errors(LabelMismatch):
        raise ValueError("a bug")


def test_an_option_is_one_of_those_listed():
    check_option("by", "epoch", Literal["batch", "epoch"])
    with pytest.raises(ConfigurationError, match="^`by` is 'step', expected 'batch' or 'epoch'.$"):
        check_option("by", "step", Literal["batch", "epoch"])
