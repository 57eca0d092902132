"""AllenNLP predictors; importing this package registers `skd_tagger`."""

from skd_plugin.predictors.tagger import TaggerPredictor

__all__ = ["TaggerPredictor"]
