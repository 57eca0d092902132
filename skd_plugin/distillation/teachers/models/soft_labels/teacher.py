"""A file of labels with their probabilities as a teacher: whatever wrote it, in whatever language."""

from pathlib import Path
from typing import Callable, Dict, Iterable, List, Optional, Sequence

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.common.util import lazy_groups_of

from skd_plugin.data.files.lines import filled_lines
from skd_plugin.distillation.teachers.model import TeacherModel, Words, digest_of_files, refuse_missing
from skd_plugin.distillation.teachers.models.soft_labels.form import Form
from skd_plugin.distillation.teachers.models.soft_labels.heads import Heads
from skd_plugin.distillation.teachers.models.soft_labels.labelled_file import LabelledFile
from skd_plugin.distillation.teachers.models.soft_labels.n_best import NBestLists
from skd_plugin.distillation.teachers.models.soft_labels.records import Misread, Record, read_record
from skd_plugin.distillation.teachers.models.soft_labels.spans import Spans
from skd_plugin.distillation.teachers.models.soft_labels.tags import WordTags
from skd_plugin.distillation.teachers.models.word_labels import Scheme, Tags
from skd_plugin.structures import Factorization

# How many sentences are looked for at once.
_SOUGHT = 4096


@TeacherModel.register("soft_labels")
class SoftLabels(TeacherModel):
    """
    The labels in a file of JSON lines: for each sentence its words, and distributions over the tags of words, scored
    spans, scored heads with relations, or an n-best list. docs/soft_labels.md describes the format.

    It is read as it is needed, so that it need not fit into memory.

    Registered as a `TeacherModel` with name "soft_labels".

    # Parameters

    file : `str`
        The file, which may be compressed (`.gz`, `.bz2`, `.xz`).
    scheme : `str`, optional (default = `None`)
        The scheme of the tags, one of `IOB2`, `IOB1`, `IO`, `BIOUL`, `BIOES`, `BMES`, `BMEWO`, or `plain` for tags that
        are not those of entities. By default it is recognized.
    tags : `Dict[str, Optional[str]]`, optional (default = `None`)
        What some tags stand for, such as `{ OTHER: 'O' }`; null for a tag that is none.
    """

    is_partial = True

    def __init__(self, file: str, scheme: Optional[Scheme] = None, tags: Optional[Tags] = None) -> None:
        self._name = file
        # Other processes may be in another folder.
        self.path = _found(file).absolute()
        self._scheme, self._tags = scheme, tags
        self._form_name = self._first().form
        self._check_options()
        self._file: Optional[LabelledFile] = None
        self._form: Optional[Form] = None

    @property
    def name(self) -> str:
        return self._name

    def fingerprint(self) -> str:
        try:
            return digest_of_files([self.path], "soft labels 1", self._scheme, sorted((self._tags or {}).items()))
        except OSError as error:
            raise ConfigurationError(
                f"The soft labels {self.name} cannot be read ({error}). Check the file and its permissions."
            ) from error

    def load(self, device: torch.device) -> None:
        """Reads the whole file once. Raises `ConfigurationError` for a line that is wrong."""
        forms: Dict[str, Callable[[], Form]] = {
            "tags": lambda: WordTags(self.name, self._scheme, self._tags),
            "spans": Spans,
            "heads": Heads,
            "n_best": lambda: NBestLists(are_plain=self._scheme == "plain"),
        }
        form = forms[self._form_name]()

        def survey(record: Record) -> None:
            if record.form != self._form_name:
                remedy = "Put what has another form into a file of its own, which is another teacher."
                raise Misread(record.form, f"{self._form_name}, as in the first line", remedy)
            form.survey(record)

        self._file = LabelledFile(str(self.path), survey)
        try:
            form.complete()
        except Misread as error:
            raise error.at(str(self.path), None) from error
        self._form, self.scored_words = form, form.scored_words

    def missing(self, sentences: Iterable[Words]) -> List[Words]:
        assert self._file is not None
        found = []
        for some in lazy_groups_of(sentences, _SOUGHT):
            found += [words for words, offset in zip(some, self._file.offsets(some)) if offset < 0]
        return found

    def factorize(self, sentences: Sequence[Words]) -> Factorization:
        assert self._file is not None and self._form is not None
        offsets = self._file.offsets(sentences)
        refuse_missing(self.name, [words for words, offset in zip(sentences, offsets) if offset < 0])
        return self._form.factorize([self._file.read(offset) for offset in offsets])

    def _check_options(self) -> None:
        """Raises `ConfigurationError` for options that have no meaning for what the file has."""
        has = self._form_name
        if self._tags and has != "tags":
            raise ConfigurationError(
                f"{self.name} has {has}, and the option `tags` is about distributions over tags. Leave it out."
            )
        if self._scheme and not (has == "tags" or (has == "n_best" and self._scheme == "plain")):
            wanted = "`scheme` can only be 'plain' there" if has == "n_best" else "`scheme` is about tags"
            raise ConfigurationError(f"{self.name} has {has}, and {wanted}. Leave it out.")

    def _first(self) -> Record:
        line = next(filled_lines(str(self.path)), None)
        try:
            if line is None:
                raise Misread("no line", "a sentence on every line", "Write the file again.")
            return read_record(line.text.encode())
        except Misread as error:
            raise error.at(self.name, line and line.number) from error


def _found(file: str) -> Path:
    path = Path(file)
    if path.is_file():
        return path
    raise ConfigurationError(
        f"There is no file of soft labels at {file}. Write it first, as docs/soft_labels.md shows, or with `allennlp "
        "skd-annotate TEACHER TEXT --store DIR --export FILE.jsonl`."
    )
