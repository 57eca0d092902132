"""FlatSpans satisfies the contract."""

from skd_plugin.structures import FlatSpans
from tests.structures.contracts.spans import SpanContract


class TestFlatSpans(SpanContract):
    kind = FlatSpans
