"""Prediction for the words of a sentence that comes as JSON, and the predictor of all models that tag."""

import json
from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, List, Tuple, cast

import spacy
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import JsonDict
from allennlp.data import DatasetReader, Instance
from allennlp.data.fields import TextField
from allennlp.models import Model
from allennlp.predictors import Predictor
from spacy.language import Language

from skd_plugin.compat.configuration import configuration_errors
from skd_plugin.models.tagging.output import TagOutput
from skd_plugin.predictors.without_gold import WithoutGold


class WordsPredictor(Predictor, ABC):
    """
    Predicts from `{"words": ["A", "sentence"]}`, or from `{"sentence": "A sentence"}`, which the tokenizer of a blank
    spaCy pipeline splits without a network. If there are both, the words are used. A sentence without words has an
    empty output.

    With `--use-dataset-reader` the file needs no gold, and what it has is ignored. A file `*.txt` has one sentence per
    line; other files are in the format of the model's reader.

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
        super().__init__(model, WithoutGold(dataset_reader))
        self._language = language
        self._lines_loaded = 0

    def predict(self, sentence: str) -> JsonDict:
        """The output for a sentence that is still to be split into words."""
        return self.predict_json({"sentence": sentence})

    def predict_words(self, words: List[str]) -> JsonDict:
        """The output for the words of a sentence."""
        return self.predict_json({"words": words})

    def load_line(self, line: str) -> JsonDict:
        """The JSON of a line. An error about it says which line it is."""
        self._lines_loaded += 1
        with configuration_errors(ConfigurationError, prefix=f"{self._line_name}:"):
            json_input = self._loaded(line)
            self._inputs(json_input)
        return json_input

    def predict_instance(self, instance: Instance) -> JsonDict:
        return self.predict_batch_instance([instance])[0]

    def predict_batch_instance(self, instances: List[Instance]) -> List[JsonDict]:
        """The outputs of the sentences. Those without words never reach the model."""
        filled = list(filter(_has_words, instances))
        outputs = iter(super().predict_batch_instance(filled) if filled else [])
        return [next(outputs) if _has_words(instance) else self._empty_output() for instance in instances]

    @abstractmethod
    def _empty_output(self) -> JsonDict:
        """The output for a sentence without words."""

    def _json_to_instance(self, json_dict: JsonDict) -> Instance:
        return self._dataset_reader.text_to_instance(*self._inputs(json_dict))

    def _inputs(self, json_input: Any) -> Tuple[Any, ...]:
        """What the reader makes an instance of. Raises `ConfigurationError` unless the JSON has it."""
        return (self._words(json_input),)

    def _words(self, json_input: Any) -> List[str]:
        if isinstance(json_input, dict) and "words" in json_input:
            words = json_input["words"]
        elif isinstance(json_input, dict) and isinstance(json_input.get("sentence"), str):
            words = [token.text for token in self._tokenizer(json_input["sentence"]) if not token.is_space]
        else:
            raise self._input_error(json_input, "it has neither words nor a sentence")
        if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
            raise self._input_error(json_input, "the words are not a list of non-empty strings")
        return words

    def _loaded(self, line: str) -> Any:
        """The JSON of a line, which may begin with the byte order mark of its file."""
        try:
            return json.loads(line.strip().removeprefix("\ufeff"))
        except json.JSONDecodeError as error:
            why = f"it is not JSON ({error.msg} at character {error.pos + 1})"
            raise self._input_error(line.strip(), why) from error

    @property
    def _line_name(self) -> str:
        """The name of the last line; AllenNLP skips empty ones, so that they cannot be counted."""
        return f"Line {self._lines_loaded} (empty lines do not count)"

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


def _has_words(instance: Instance) -> bool:
    return len(cast(TextField, instance["tokens"])) > 0


@Predictor.register("skd_tagger")
class TaggerPredictor(WordsPredictor):
    """
    Tags the words of a sentence.

    Registered as a `Predictor` with name "skd_tagger". See `WordsPredictor` for its input and its parameters.
    """

    task = "tag"

    def _empty_output(self) -> JsonDict:
        output: JsonDict = {"words": [], "tags": []}
        if isinstance(self._model, TagOutput) and self._model.tags_entities:
            output["entities"] = []
        return output
