"""IndependentSpans keeps the contract."""

from skd_plugin.structures import IndependentSpans
from tests.structures.contract_spans import SpanContract


class TestIndependentSpans(SpanContract):
    kind = IndependentSpans
