"""The predictor of all parsers: JSON or a reader's sentences in, CoNLL-U or JSON out."""

from typing import Any, Iterator, List, Literal, Mapping, Optional

from allennlp.common.util import JsonDict
from allennlp.data import DatasetReader, Instance
from allennlp.models import Model
from allennlp.predictors import Predictor

from skd_plugin.compat.configuration import check_option
from skd_plugin.data import SentenceReader
from skd_plugin.data.files.conllu_writing import from_words, with_tree
from skd_plugin.predictors.words import WordsPredictor

INPUT_LINES = "conllu"


@Predictor.register("skd_parser")
class ParserPredictor(WordsPredictor):
    """
    Parses the words of a sentence.

    The JSON may also have `upos`, a list of one tag (or null) per word. With `--use-dataset-reader` the file needs no
    trees, and those that it has are ignored. CoNLL-U keeps its comments, multiword tokens, empty nodes and other
    columns; a file `*.txt` has one sentence per line.

    Registered as a `Predictor` with name "skd_parser". See `WordsPredictor` for its input and its other parameters.

    # Parameters

    output : `str`, optional (default = `"conllu"`)
        What `allennlp predict` writes: `conllu`, or `json` with one line per sentence.
    """

    task = "parse"

    def __init__(
        self, model: Model, dataset_reader: DatasetReader, language: str = "en", output: str = "conllu"
    ) -> None:
        super().__init__(model, _WithoutGold(dataset_reader), language)
        check_option("output", output, Literal["conllu", "json"])
        self._output = output

    def predict_words(self, words: List[str], upos: Optional[List[str]] = None) -> JsonDict:
        """The tree of a sentence: `words`, `heads` (counted from 1, 0 is ROOT) and `relations`."""
        return self.predict_json({"words": words, "upos": upos})

    def dump_line(self, outputs: JsonDict) -> str:
        if self._output == "json":
            return super().dump_line({key: value for key, value in outputs.items() if key != INPUT_LINES})
        return "\n".join(_lines(outputs)) + "\n\n"

    def _json_to_instance(self, json_dict: JsonDict) -> Instance:
        words = self._words(json_dict)
        upos = json_dict.get("upos")
        if upos is None:
            return self._dataset_reader.text_to_instance(words)
        if not isinstance(upos, list) or not all(tag is None or isinstance(tag, str) for tag in upos):
            raise self._input_error(json_dict, "upos is not a list of tags")
        if len(upos) != len(words):
            raise self._input_error(json_dict, f"there are {len(upos)} tags in upos for {len(words)} words")
        return self._dataset_reader.text_to_instance(words, upos)


def _lines(outputs: JsonDict) -> List[str]:
    tree = (outputs["heads"], outputs["relations"])
    lines = outputs.get(INPUT_LINES)
    # AllenNLP turns a None in the output into the string "None".
    return with_tree(lines, *tree) if isinstance(lines, list) and lines else from_words(outputs["words"], *tree)


class _WithoutGold(DatasetReader):
    """
    Reads files for prediction, and ignores the labels that they may have.

    `allennlp predict` cannot name a path `unlabelled`, so that a reader by itself would require gold.
    """

    def __init__(self, reader: DatasetReader) -> None:
        super().__init__()
        self._reader = reader

    def text_to_instance(self, *inputs: Any) -> Instance:
        return self._reader.text_to_instance(*inputs)

    def apply_token_indexers(self, instance: Instance) -> None:
        self._reader.apply_token_indexers(instance)

    def _read(self, file_path: Any) -> Iterator[Instance]:
        named = isinstance(file_path, Mapping) or not isinstance(self._reader, SentenceReader)
        for instance in self._reader.read(file_path if named else {"unlabelled": file_path}):
            yield Instance({name: instance[name] for name in ("tokens", "metadata")})
