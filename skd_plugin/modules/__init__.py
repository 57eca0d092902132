"""Neural scorers: of arcs and of pairs of arcs, between the words of a sentence and ROOT, and of spans of words."""

from skd_plugin.modules.biaffine import Biaffine, with_root
from skd_plugin.modules.span_biaffine import SpanBiaffine
from skd_plugin.modules.trilinear import Trilinear
from skd_plugin.modules.view import View

__all__ = ["Biaffine", "SpanBiaffine", "Trilinear", "View", "with_root"]
