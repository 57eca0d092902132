"""The sentences that a teacher is to read: files of text, and the data of a student's config."""

from typing import Any, Iterator, List, NamedTuple, Optional, Sequence

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DatasetReader

from skd_plugin.data import SentenceReader
from skd_plugin.data.files.paths import sources
from skd_plugin.distillation.teachers.model import Words
from skd_plugin.distillation.teachers.plan import Input
from skd_plugin.distillation.teachers.reading import Survey


class Source(NamedTuple):
    """
    A file, or a data path.

    # Parameters

    name : `str`
        What it is called in the plan of a store.
    reader : `DatasetReader`
    data_path : `Any`
        What the reader is given.
    """

    name: str
    reader: DatasetReader
    data_path: Any


class Corpus:
    """
    The sentences of several sources, one source after another. They are read anew each time that it is called.

    # Parameters

    sources : `Sequence[Source]`
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._counts: List[int] = []

    def __call__(self) -> Iterator[Words]:
        counts = []
        for source in self._sources:
            count = 0
            for count, words in enumerate(_sentences(source), start=1):  # noqa: B007  the last one counts
                yield words
            counts.append(count)
        self._counts = counts

    def inputs(self, survey: Survey) -> List[Input]:
        """What each source had when this survey was made of them, which read them all."""
        inputs, start = [], 0
        for source, count in zip(self._sources, self._counts):
            inputs.append(Input(source.name, count, survey.digest_of(start, start + count)))
            start += count
        return inputs


def sources_of_files(files: Sequence[str], reader: DatasetReader) -> List[Source]:
    """
    Text without labels, as a data path has it under `unlabelled`. Raises `ConfigurationError` if a file is missing.
    """
    return [Source(path, reader, {"unlabelled": path}) for path, _ in sources({"unlabelled": list(files)})]


def sources_of_config(params: Params, name: str) -> List[Source]:
    """
    The training and validation data of a config, as its readers read them.

    Raises `ConfigurationError` if it has no reader or no data.
    """
    reader = _reader(params, "dataset_reader")
    if reader is None:
        raise ConfigurationError(f"{name} has no `dataset_reader`. Give the config of a student that is to be trained.")
    readers = {
        "train_data_path": reader,
        "validation_data_path": _reader(params, "validation_dataset_reader") or reader,
    }
    found = [
        Source(f"{name}: {option}", reader, params[option])
        for option, reader in readers.items()
        if params.get(option) is not None
    ]
    if not found:
        raise ConfigurationError(f"{name} names no data, expected a `train_data_path`. Name some, or give files.")
    return found


def _reader(params: Params, option: str) -> Optional[DatasetReader]:
    section = params.get(option)
    return None if section is None else DatasetReader.from_params(section)


def _sentences(source: Source) -> Iterator[Words]:
    """The words as a distillation finds them."""
    if isinstance(source.reader, SentenceReader):
        yield from (tuple(sentence.words) for sentence in source.reader.read_sentences(source.data_path))
        return
    for instance in source.reader.read(source.data_path):
        metadata = getattr(instance.fields.get("metadata"), "metadata", {})
        if "words" not in metadata:
            raise ConfigurationError(
                f"{source.name}: {type(source.reader).__name__} gives instances without words in a field `metadata`, "
                "so the teacher has nothing to read. Use a reader of this plugin, or one that puts {'words': [...]} in "
                "a MetadataField named metadata."
            )
        yield tuple(metadata["words"])
