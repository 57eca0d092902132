"""Options that are one of a few strings."""

import pytest
from allennlp.common.checks import ConfigurationError

from skd_plugin.data.options import checked_choice


def test_a_choice_is_given_back():
    assert [checked_choice("on_bad_tree", value, "error", "skip") for value in ("error", "skip")] == ["error", "skip"]


@pytest.mark.parametrize("value", ["Error", "", None, ["skip"]])
def test_any_other_value_is_refused(value):
    with pytest.raises(ConfigurationError) as error:
        checked_choice("on_bad_tree", value, "error", "skip")
    assert f"`on_bad_tree` is {value!r}, expected 'error' or 'skip'." in str(error.value)
