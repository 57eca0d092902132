"""A field of the relations in a sentence; for a relation that the vocabulary lacks, its error names file and line."""

from typing import List, Mapping, Union

from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.data.fields import SequenceLabelField
from allennlp.data.fields.sequence_field import SequenceField

from skd_plugin.data.files.errors import format_error

UNKNOWN_RELATION = -1


class RelationsField(SequenceLabelField):
    """
    The relations of a sentence's arcs. Indexing raises `ConfigurationError` for a relation that the vocabulary lacks.

    # Parameters

    relations : `Union[List[str], List[int]]`
        One per word. Integers are used as they are.
    sequence_field : `SequenceField`
        The words.
    label_namespace : `str`
        The vocabulary's namespace of the relations.
    path : `str`
        The file, for the error message.
    lines : `List[int]`
        The line of each word in the file.
    accepts_unknown : `bool`
        Whether a relation that the vocabulary lacks becomes −1, instead of raising an error.
    """

    __slots__ = ["_path", "_lines", "_accepts_unknown"]

    def __init__(
        self,
        relations: Union[List[str], List[int]],
        sequence_field: SequenceField,
        label_namespace: str,
        path: str,
        lines: List[int],
        accepts_unknown: bool,
    ) -> None:
        super().__init__(relations, sequence_field, label_namespace)
        self._path = path
        self._lines = lines
        self._accepts_unknown = accepts_unknown

    def index(self, vocab: Vocabulary) -> None:
        if self._skip_indexing:
            return
        ids = vocab.get_token_to_index_vocabulary(self._label_namespace)
        if not self._accepts_unknown:
            self._check_relations(ids)
        self._indexed_labels = [ids.get(str(label), UNKNOWN_RELATION) for label in self.labels]

    def _check_relations(self, ids: Mapping[str, int]) -> None:
        for relation, line in zip(map(str, self.labels), self._lines, strict=True):
            if relation not in ids:
                raise self._relation_error(relation, line, ids)

    def _relation_error(self, relation: str, line: int, ids: Mapping[str, int]) -> ConfigurationError:
        names = ", ".join(sorted(ids)) or "none"
        return format_error(
            self._path,
            line,
            f"the relation {relation!r}",
            f"one that the vocabulary has in the namespace {self._label_namespace!r}: {names}",
            "Correct it, train on data that has it, or set the reader's `on_unknown_relation` to 'accept': the"
            " relation then counts as wrongly predicted.",
        )
