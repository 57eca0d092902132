"""AllenNLP predictors; importing this package registers `skd_tagger` and `skd_parser`."""

from skd_plugin.predictors.parser import ParserPredictor
from skd_plugin.predictors.words import TaggerPredictor

__all__ = ["ParserPredictor", "TaggerPredictor"]
