"""Tags for words or sentences that come as JSON."""

from allennlp.predictors import Predictor

from skd_plugin.predictors.words import WordsPredictor


@Predictor.register("skd_tagger")
class TaggerPredictor(WordsPredictor):
    """
    Tags the words of a sentence.

    Registered as a `Predictor` with name "skd_tagger". See `WordsPredictor` for its input and its parameters.
    """

    task = "tag"
