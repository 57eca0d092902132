"""Additions to AllenNLP's training loop. Importing this package registers the trainer callback `skd_resume`."""

import skd_plugin.compat.patches  # noqa: F401
from skd_plugin.training.randomness import preserved_randomness
from skd_plugin.training.resuming import ExactResuming

__all__ = ["ExactResuming", "preserved_randomness"]
