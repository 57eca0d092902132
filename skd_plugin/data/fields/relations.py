"""The relations of a sentence's arcs as a field that says where one stands that the vocabulary does not know."""

from typing import List, Mapping, Union

from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.data.fields import SequenceLabelField
from allennlp.data.fields.sequence_field import SequenceField

from skd_plugin.data.files.errors import format_error

UNKNOWN_RELATION = -1


class RelationsField(SequenceLabelField):
    """
    # Parameters

    relations : `Union[List[str], List[int]]`
        One for each word; integers stand for themselves.
    sequence_field : `SequenceField`
        The words.
    label_namespace : `str`
    path : `str`
    lines : `List[int]`
        The file, and each word's line in it, for the error message.
    accepts_unknown : `bool`
        Whether relations that the vocabulary does not know become −1, or else are refused.
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
            "Correct it, train on data that has it, or set the reader's `on_unknown_relation` to 'accept', by which it"
            " counts as wrongly predicted.",
        )
