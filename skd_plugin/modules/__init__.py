"""Neural scorers of arcs and of pairs of arcs, between the words of a sentence and ROOT."""

from skd_plugin.modules.biaffine import Biaffine
from skd_plugin.modules.root import with_root
from skd_plugin.modules.trilinear import Trilinear
from skd_plugin.modules.view import View

__all__ = ["Biaffine", "Trilinear", "View", "with_root"]
