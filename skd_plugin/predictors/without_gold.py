"""Reading of files for prediction, which needs no gold."""

from typing import Any, Iterator, Mapping

from allennlp.data import DatasetReader, Instance

from skd_plugin.data import SentenceReader


class WithoutGold(DatasetReader):
    """
    Reads files for prediction, and ignores the labels that they may have.

    `allennlp predict` cannot name a path `unlabelled`, so that a reader by itself would require gold.

    # Parameters

    reader : `DatasetReader`
        The reader of the model.
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
