"""The reader of CoNLL-U: words, trees, morphology, and tags from a column or from MISC."""

from typing import Any, Iterator, Optional

from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader
from conllu.parser import DEFAULT_FIELDS

from skd_plugin.data.files.conllu import ConlluSentence, Word, conllu_sentences
from skd_plugin.data.files.errors import format_error
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.data.readers.formats import CONLLU
from skd_plugin.data.readers.sentence_reader import SentenceReader
from skd_plugin.data.tags.conversion import ENTITY_TYPE, PLAIN, TagScheme

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
    entity_type : `str`, optional (default = `"ENTITY"`)
        The type of entities whose tags have none (`B`, `I`, `O`). It is their label in spaCy, too.

    See `SentenceReader` for the others.
    """

    own_format = CONLLU

    def __init__(
        self,
        tags: str,
        scheme: Optional[str] = None,
        on_ill_formed: str = "error",
        entity_type: str = ENTITY_TYPE,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if tags in set(DEFAULT_FIELDS) - set(COLUMNS):
            raise ConfigurationError(
                f"`tags` is {tags!r}, expected one of {', '.join(COLUMNS)} or a key of MISC such as 'NE'."
            )
        self._tags = tags
        self._tag_scheme = TagScheme(
            PLAIN if scheme is None and tags in COLUMNS else scheme, on_ill_formed, entity_type
        )

    @property
    def tags_entities(self) -> bool:
        return not self._tag_scheme.is_plain

    def read_file(self, path: str, withheld: bool) -> Iterator[Sentence]:
        if withheld:
            return map(as_sentence, conllu_sentences(path))
        return self._tag_scheme.convert(path, lambda: self._tagged(path))

    def _tagged(self, path: str) -> Iterator[Sentence]:
        for sentence in conllu_sentences(path):
            yield as_sentence(sentence)._replace(tags=[self._tag(path, word) for word in sentence.words])

    def _tag(self, path: str, word: Word) -> str:
        tag = word.fields[self._tags] if self._tags in COLUMNS else self._tag_in_misc(path, word)
        if not tag:
            place = f"the column {self._tags}" if self._tags in COLUMNS else f"{self._tags}=… in MISC"
            rule = "one on every word (O outside entities)"
            remedy = (
                'Correct `tags`, or name a file without labels under "unlabelled" in the data path '
                "(`allennlp predict --use-dataset-reader` needs no labels)."
            )
            raise format_error(path, word.line, f"a word without {place}", rule, remedy)
        return tag

    def _tag_in_misc(self, path: str, word: Word) -> Optional[str]:
        values = word.misc_values(self._tags)
        if len(values) > 1:
            finding = f"{self._tags}=… {len(values)} times in MISC ({', '.join(map(repr, values))})"
            raise format_error(path, word.line, finding, "it once on every word", "Delete all but one of them.")
        return next((value for value in values if value != "_"), None)


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
