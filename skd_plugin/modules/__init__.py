"""Neural scorers of arcs between words, of pairs of arcs, and of spans of words; an encoder of sentences."""

from skd_plugin.modules.bilstm import BiLstm
from skd_plugin.modules.heads import Biaffine, with_root
from skd_plugin.modules.siblings import Trilinear
from skd_plugin.modules.spans import SpanBiaffine
from skd_plugin.modules.view import View

__all__ = ["BiLstm", "Biaffine", "SpanBiaffine", "Trilinear", "View", "with_root"]
