"""Classes that are registered under names of AllenNLP."""

import logging

import pytest
from allennlp.common import Registrable

from skd_plugin.compat.registration import replace


class Thing(Registrable):
    """Something that is registered."""


@Thing.register("thing")
class Theirs(Thing):
    """AllenNLP's."""


def test_the_last_one_counts_and_nothing_is_logged(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO):
        replace(Thing, "thing")(Theirs)

        @replace(Thing, "thing")
        class Ours(Theirs):
            """In its place."""

    assert Thing.by_name("thing") is Ours
    assert not caplog.records
