"""The reader of CoNLL-U: words, trees, morphology, and tags from a column or from MISC."""

from typing import Any, Iterator, List, Optional

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader
from conllu.parser import DEFAULT_FIELDS

from skd_plugin.data.files.conllu import ConlluSentence, conllu_sentences
from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.readers.sentence_reader import SentenceReader
from skd_plugin.data.tags.conversion import PLAIN, TagScheme

COLUMNS = ("upos", "xpos", "deprel")


@DatasetReader.register("skd_conllu")
class Conllu(SentenceReader):
    """
    Reads CoNLL-U. Multiword tokens and empty nodes are not words, but stay in `metadata`.

    `metadata` has `words`, `upos`, `xpos`, `feats`, `heads` and `relations`, with one entry per word (None where the
    file has `_`), and `conllu`, all lines of the sentence as the file has them, so that it can be written back.

    Registered as a `DatasetReader` with name "skd_conllu".

    # Parameters

    tags : `str`
        Where the tags are: `upos`, `xpos` or `deprel` for that column, any other name for a key of MISC (`NE` for
        `NE=B-PER`). Every word needs a tag.
    scheme : `str`, optional (default = `None`)
        The scheme of the tags (see `TagScheme`). By default a column has plain labels, and the scheme of a key of MISC
        is recognized.
    on_ill_formed : `str`, optional (default = `"error"`)
        What to do with tags that break the scheme: `error` or `repair` (see `TagScheme`).

    See `SentenceReader` for the others.
    """

    def __init__(self, tags: str, scheme: Optional[str] = None, on_ill_formed: str = "error", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if tags in set(DEFAULT_FIELDS) - set(COLUMNS):
            raise ConfigurationError(
                f"`tags` is {tags!r}, expected one of {', '.join(COLUMNS)} or a key of MISC such as 'NE'."
            )
        self._tags = tags
        self._tag_scheme = TagScheme(PLAIN if scheme is None and tags in COLUMNS else scheme, on_ill_formed)

    def read_file(self, path: str, withheld: bool) -> Iterator[Sentence]:
        if withheld:
            return map(as_sentence, conllu_sentences(path))
        return self._tag_scheme.convert(path, lambda: self._tagged(path))

    def _tagged(self, path: str) -> Iterator[Sentence]:
        for sentence in conllu_sentences(path):
            yield as_sentence(sentence)._replace(tags=self._tags_of(path, sentence))

    def _tags_of(self, path: str, sentence: ConlluSentence) -> List[str]:
        if self._tags in COLUMNS:
            tags = sentence.column(self._tags)
        else:
            tags = [(misc or {}).get(self._tags) for misc in sentence.column("misc")]
        for word, tag in zip(sentence.words, tags, strict=True):
            if not tag:
                raise self._tag_error(path, word.line)
        return tags

    def _tag_error(self, path: str, line: int) -> ConfigurationError:
        place = f"the column {self._tags}" if self._tags in COLUMNS else f"{self._tags}=… in MISC"
        remedy = 'Correct `tags`, or name a file without labels under "unlabelled" in the data path.'
        return format_error(path, line, f"a word without {place}", "one on every word (O outside entities)", remedy)


def as_sentence(sentence: ConlluSentence) -> Sentence:
    """The sentence without tags; its columns and its lines become extras."""
    extras = {
        "upos": sentence.column("upos"),
        "xpos": sentence.column("xpos"),
        "feats": sentence.column("feats"),
        "heads": sentence.column("head"),
        "relations": sentence.column("deprel"),
        "conllu": sentence.lines,
    }
    return Sentence(sentence.column("form"), None, [word.line for word in sentence.words], extras)
