"""FlatSpans keeps the contract."""

from skd_plugin.structures import FlatSpans
from tests.structures.contract_spans import SpanContract


class TestFlatSpans(SpanContract):
    kind = FlatSpans
