"""FlatSpans keeps the contract."""

from skd_plugin.structures import FlatSpans

from .contract_spans import SpanContract


class TestFlatSpans(SpanContract):
    kind = FlatSpans
