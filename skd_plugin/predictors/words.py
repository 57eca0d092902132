"""Prediction for the words of a sentence that comes as JSON, and the predictor of all models that tag."""

from abc import ABC
from functools import cached_property
from typing import Any, List

import spacy
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import JsonDict
from allennlp.data import DatasetReader, Instance
from allennlp.models import Model
from allennlp.predictors import Predictor
from spacy.language import Language


class WordsPredictor(Predictor, ABC):
    """
    Predicts from `{"words": ["A", "sentence"]}`, or from `{"sentence": "A sentence"}`, which the tokenizer of a blank
    spaCy pipeline splits without a network. If there are both, the words are used.

    Raises `ConfigurationError` for any other JSON, and for a language that spaCy does not have.

    # Parameters

    model : `Model`
    dataset_reader : `DatasetReader`
    language : `str`, optional (default = `"en"`)
        The spaCy language code whose tokenizer splits a `sentence`.
    """

    task: str
    """What the predictor does to a sentence, as a verb for error messages."""

    def __init__(self, model: Model, dataset_reader: DatasetReader, language: str = "en") -> None:
        super().__init__(model, dataset_reader)
        self._language = language

    def predict(self, sentence: str) -> JsonDict:
        """The output for a sentence that is still to be split into words."""
        return self.predict_json({"sentence": sentence})

    def predict_words(self, words: List[str]) -> JsonDict:
        """The output for the words of a sentence."""
        return self.predict_json({"words": words})

    def _json_to_instance(self, json_dict: JsonDict) -> Instance:
        return self._dataset_reader.text_to_instance(self._words(json_dict))

    def _words(self, json_input: Any) -> List[str]:
        if isinstance(json_input, dict) and "words" in json_input:
            words = json_input["words"]
        elif isinstance(json_input, dict) and isinstance(json_input.get("sentence"), str):
            words = [token.text for token in self._tokenizer(json_input["sentence"]) if not token.is_space]
        else:
            raise self._input_error(json_input, "it has neither words nor a sentence")
        if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
            raise self._input_error(json_input, "the words are not a list of non-empty strings")
        if not words:
            raise self._input_error(json_input, "it has no words")
        return words

    @cached_property
    def _tokenizer(self) -> Language:
        try:
            return spacy.blank(self._language)
        except ImportError as error:
            raise ConfigurationError(
                f"spaCy has no tokenizer for the language {self._language!r} ({error}). "
                'Choose a code such as "en" or "xx" as the predictor\'s language, or send words instead of a sentence.'
            ) from error

    def _input_error(self, json_input: Any, why: str) -> ConfigurationError:
        return ConfigurationError(
            f"Cannot {self.task} {str(json_input)[:200]!r}: {why}. "
            'Give {"words": ["A", "sentence"]} or {"sentence": "A sentence"}.'
        )


@Predictor.register("skd_tagger")
class TaggerPredictor(WordsPredictor):
    """
    Tags the words of a sentence.

    Registered as a `Predictor` with name "skd_tagger". See `WordsPredictor` for its input and its parameters.
    """

    task = "tag"
