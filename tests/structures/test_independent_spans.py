"""IndependentSpans keeps the contract."""

from skd_plugin.structures import IndependentSpans

from .contract_spans import SpanContract


class TestIndependentSpans(SpanContract):
    kind = IndependentSpans
