"""The predictor of all parsers: JSON or a reader's sentences in, CoNLL-U or JSON out."""

import logging
from typing import Any, List, Literal, Optional, Tuple

from allennlp.common.util import JsonDict
from allennlp.data import DatasetReader
from allennlp.models import Model
from allennlp.predictors import Predictor

from skd_plugin.compat.configuration import check_option
from skd_plugin.data.files.conllu_writing import from_words, with_tree
from skd_plugin.predictors.words import WordsPredictor

logger = logging.getLogger(__name__)

INPUT_LINES = "conllu"


@Predictor.register("skd_parser")
class ParserPredictor(WordsPredictor):
    """
    Parses the words of a sentence.

    The JSON may also have `upos`, a list of one tag (or null) per word. CoNLL-U keeps its comments, multiword tokens,
    empty nodes and other columns. It cannot express a sentence without words, for which nothing is written.

    Registered as a `Predictor` with name "skd_parser". See `WordsPredictor` for its input and its other parameters.

    # Parameters

    output : `str`, optional (default = `"conllu"`)
        What `allennlp predict` writes: `conllu`, or `json` with one line per sentence.
    """

    task = "parse"

    def __init__(
        self, model: Model, dataset_reader: DatasetReader, language: str = "en", output: str = "conllu"
    ) -> None:
        super().__init__(model, dataset_reader, language)
        check_option("output", output, Literal["conllu", "json"])
        self._output = output

    def predict_words(self, words: List[str], upos: Optional[List[str]] = None) -> JsonDict:
        """The tree of a sentence: `words`, `heads` (counted from 1, 0 is ROOT) and `relations`."""
        return self.predict_json({"words": words, "upos": upos})

    def dump_line(self, outputs: JsonDict) -> str:
        if self._output == "json":
            return super().dump_line({key: value for key, value in outputs.items() if key != INPUT_LINES})
        if not outputs["words"]:
            return ""
        return "\n".join(_lines(outputs)) + "\n\n"

    def load_line(self, line: str) -> JsonDict:
        json_input = super().load_line(line)
        if self._output == "conllu" and not self._words(json_input):
            logger.warning("%s has no words. CoNLL-U has nothing for it; the output 'json' has.", self._line_name)
        return json_input

    def _inputs(self, json_input: Any) -> "Tuple[Any, ...]":
        words = self._words(json_input)
        upos = json_input.get("upos")
        if upos is None:
            return (words,)
        if not isinstance(upos, list) or not all(tag is None or isinstance(tag, str) for tag in upos):
            raise self._input_error(json_input, "upos is not a list of tags")
        if len(upos) != len(words):
            raise self._input_error(json_input, f"there are {len(upos)} tags in upos for {len(words)} words")
        return words, upos

    def _empty_output(self) -> JsonDict:
        return {"words": [], "heads": [], "relations": [], INPUT_LINES: []}


def _lines(outputs: JsonDict) -> List[str]:
    tree = (outputs["heads"], outputs["relations"])
    lines = outputs.get(INPUT_LINES)
    # AllenNLP turns a None in the output into the string "None".
    return with_tree(lines, *tree) if isinstance(lines, list) and lines else from_words(outputs["words"], *tree)
