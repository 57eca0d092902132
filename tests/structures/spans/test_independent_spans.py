"""IndependentSpans satisfies the contract."""

from skd_plugin.structures import IndependentSpans
from tests.structures.contracts.spans import SpanContract


class TestIndependentSpans(SpanContract):
    kind = IndependentSpans
