"""AllenNLP models, from text to a factorization; importing this package registers the models."""

import skd_plugin.compat  # noqa: F401
from skd_plugin.models.crf_tagger import CrfTagger
from skd_plugin.models.maxent_tagger import MaxEntTagger
from skd_plugin.models.objective import Gold, GoldCrossEntropy, Objective
from skd_plugin.models.structured_model import StructuredModel
from skd_plugin.models.tagger import Tagger

__all__ = ["CrfTagger", "Gold", "GoldCrossEntropy", "MaxEntTagger", "Objective", "StructuredModel", "Tagger"]
