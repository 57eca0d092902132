"""The reader of unlabelled text with one sentence per line."""

from typing import Any, Iterator, List, Mapping

import spacy
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from skd_plugin.data.files.lines import filled_lines, split_words
from skd_plugin.data.files.paths import Source
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.readers.formats import TEXT
from skd_plugin.data.readers.sentence_reader import SentenceReader

SPACES = "spaces"


@DatasetReader.register("skd_text")
class Text(SentenceReader):
    """
    Reads text without labels, one sentence per line; empty lines are skipped. A file that looks like columns, CoNLL-U
    or JSON lines is refused unless `unlabelled_format` is `text`.

    Registered as a `DatasetReader` with name "skd_text".

    # Parameters

    tokenizer : `str`, optional (default = `"spaces"`)
        `spaces` if the words are separated by spaces. Otherwise a language code such as `en`, for the tokenizer of
        spaCy's blank pipeline of that language, which needs no download.

    See `SentenceReader` for the others.
    """

    own_format = TEXT

    def __init__(self, tokenizer: str = SPACES, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._words = split_words if tokenizer == SPACES else _SpacyRules(tokenizer)

    def read_text(self, path: str) -> Iterator[Sentence]:
        for line in filled_lines(path):
            words = self._words(line.text)
            yield Sentence(words, None, [line.number] * len(words))

    def read_file(self, path: str, withheld: bool) -> Iterator[Sentence]:
        return self.read_text(path)

    def is_text(self, file: Source) -> bool:
        return True

    def read_sentences(self, data_path: Any) -> Iterator[Sentence]:
        if isinstance(data_path, Mapping) and "labelled" in data_path:
            raise ConfigurationError(
                f"skd_text was given labelled data, {data_path['labelled']!r}, but reads text without labels."
                ' Name it under "unlabelled", or use the reader of its format.'
            )
        return super().read_sentences(data_path)


class _SpacyRules:
    """The words that the tokenizer of a language's blank pipeline makes, without white space."""

    def __init__(self, language: str) -> None:
        try:
            self._tokenizer = spacy.blank(language).tokenizer
        except ImportError as error:
            raise ConfigurationError(
                f"`tokenizer` is {language!r}, expected 'spaces' or a language code that spaCy has, such as 'en'."
                f" spaCy says: {error}"
            ) from error

    def __call__(self, line: str) -> List[str]:
        return [token.text for token in self._tokenizer(line) if not token.is_space]
