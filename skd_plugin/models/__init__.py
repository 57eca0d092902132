"""AllenNLP models that turn text into factorizations; importing this package registers them."""

import skd_plugin.compat.patches  # noqa: F401
from skd_plugin.models.calibration import Fitted, GoldLikelihood, NoTemperature
from skd_plugin.models.continuing import extend_continued_models
from skd_plugin.models.gold import Gold, GoldCrossEntropy, Objective
from skd_plugin.models.parsing.biaffine_parser import ArcDistribution, BiaffineParser
from skd_plugin.models.parsing.parser import Parser
from skd_plugin.models.parsing.second_order_parser import SecondOrderParser
from skd_plugin.models.parsing.tagging_parser import TaggingParser
from skd_plugin.models.structured_model import StructuredModel
from skd_plugin.models.tagging.crf_tagger import ChainDistribution, CrfTagger
from skd_plugin.models.tagging.decoding_tuning import Observations, Scores, Tuned
from skd_plugin.models.tagging.entity_decoding import (
    EntityDecoding,
    ExpectedF1,
    MostProbable,
    Threshold,
    Thresholds,
    entity_types,
)
from skd_plugin.models.tagging.maxent_tagger import MaxEntTagger
from skd_plugin.models.tagging.output import TagOutput
from skd_plugin.models.tagging.precise_thresholds import FoundEntities, TypeThreshold, least_found
from skd_plugin.models.tagging.span_ner import SpanDistribution, SpanNer
from skd_plugin.models.tagging.tagger import Tagger

__all__ = [
    "ArcDistribution",
    "BiaffineParser",
    "ChainDistribution",
    "CrfTagger",
    "EntityDecoding",
    "ExpectedF1",
    "Fitted",
    "FoundEntities",
    "Gold",
    "GoldCrossEntropy",
    "GoldLikelihood",
    "MaxEntTagger",
    "MostProbable",
    "NoTemperature",
    "Objective",
    "Observations",
    "Parser",
    "Scores",
    "SecondOrderParser",
    "SpanDistribution",
    "SpanNer",
    "StructuredModel",
    "TagOutput",
    "Tagger",
    "TaggingParser",
    "Threshold",
    "Thresholds",
    "Tuned",
    "TypeThreshold",
    "entity_types",
    "least_found",
]

extend_continued_models()
