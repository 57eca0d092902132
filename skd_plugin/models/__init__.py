"""AllenNLP models, from text to a factorization; importing this package registers the models."""

import skd_plugin.compat  # noqa: F401
from skd_plugin.models.biaffine_parser import ArcDistribution, BiaffineParser
from skd_plugin.models.crf_tagger import ChainDistribution, CrfTagger
from skd_plugin.models.maxent_tagger import MaxEntTagger
from skd_plugin.models.objective import Gold, GoldCrossEntropy, Objective
from skd_plugin.models.parser import Parser
from skd_plugin.models.second_order_parser import SecondOrderParser
from skd_plugin.models.span_ner import SpanDistribution, SpanNer
from skd_plugin.models.structured_model import StructuredModel
from skd_plugin.models.tagger import Tagger
from skd_plugin.models.tagging_parser import TaggingParser

__all__ = [
    "ArcDistribution",
    "BiaffineParser",
    "ChainDistribution",
    "CrfTagger",
    "Gold",
    "GoldCrossEntropy",
    "MaxEntTagger",
    "Objective",
    "Parser",
    "SecondOrderParser",
    "SpanDistribution",
    "SpanNer",
    "StructuredModel",
    "Tagger",
    "TaggingParser",
]
