"""The data of a config, read as the training reads it, and how much there is."""

from copy import deepcopy
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.data import DataLoader, DatasetReader, Instance

from skd_plugin.data import Dependencies, SentenceReader, Streaming
from skd_plugin.data.files.sentence import Sentence
from skd_plugin.doctor.finding import Finding
from skd_plugin.doctor.part import LONG, Part
from skd_plugin.doctor.wording import count

FEW_VALIDATION = 100


class Data(NamedTuple):
    """
    # Parameters

    reader : `SentenceReader`
        That of the training data.
    labelled, text : `Part`
        The training sentences with labels, and those without.
    validation : `Part`, optional
    """

    reader: SentenceReader
    labelled: Part
    text: Part
    validation: Optional[Part]

    @property
    def sentences(self) -> int:
        """How many there are in all parts."""
        return sum(part.sentences for part in (self.labelled, self.text, self.validation) if part is not None)

    @property
    def label_noun(self) -> str:
        """What its labels are."""
        if isinstance(self.reader, Dependencies):
            return "relations"
        return "entities" if self.reader.tags_entities else "tags"


def read_data(config: Dict[str, Any]) -> Optional[Data]:
    """
    The data of a config; None if its reader is not one of this plugin, so that it cannot be told what is labelled.

    Raises `ConfigurationError` if something is missing or cannot be read.
    """
    validation = config.get("validation_data_path")
    # Indexers may be what stops the training: those of a transformer that is not there.
    readers = _readers(config, without="token_indexers")
    if readers is None:
        return None
    reader, validation_reader = readers
    held_out = None if validation is None else validation_reader.read_sentences(validation)
    return _data(reader, reader.read_sentences(config["train_data_path"]), held_out)


def data_of_loaders(config: Dict[str, Any], training: DataLoader, validation: Optional[DataLoader]) -> Optional[Data]:
    """The same, from loaders that have read it."""
    readers = _readers(config)
    if readers is None:
        return None
    return _data(readers[0], _of_loader(training), None if validation is None else _of_loader(validation))


def _readers(config: Dict[str, Any], without: str = "") -> Optional[Tuple[SentenceReader, SentenceReader]]:
    """Those of the training data and of the validation data, without an option; None if they are not of this plugin."""
    missing = [name for name in ("dataset_reader", "train_data_path") if name not in config]
    if missing:
        raise ConfigurationError(
            f"The config has no {' and no '.join(missing)}. Give one that `allennlp train` takes, not a part of it, "
            "such as a libsonnet file."
        )
    sections = config["dataset_reader"], config.get("validation_dataset_reader") or config["dataset_reader"]
    first, second = (DatasetReader.from_params(Params(_section(one, without))) for one in sections)
    return (first, second) if isinstance(first, SentenceReader) and isinstance(second, SentenceReader) else None


def _section(reader: Any, without: str) -> Dict[str, Any]:
    section = {"type": reader} if isinstance(reader, str) else deepcopy(reader)
    return {name: value for name, value in section.items() if name != without}


def _data(reader: SentenceReader, training: Iterable[Sentence], validation: Optional[Iterable[Sentence]]) -> Data:
    labelled, text, held_out = (Part(reader.tags_entities) for _ in range(3))
    for sentence in training:
        (text if sentence.tags is None else labelled).add(sentence)
    for sentence in validation or ():
        held_out.add(sentence)
    return Data(reader, labelled, text, None if validation is None else held_out)


def _of_loader(loader: DataLoader) -> Iterator[Sentence]:
    return loader.iter_with_tags() if isinstance(loader, Streaming) else map(as_sentence, loader.iter_instances())


def as_sentence(instance: Instance) -> Sentence:
    """What the instance was made from, as far as it is needed here."""
    fields: Any = instance.fields
    metadata: Dict[str, Any] = fields["metadata"].metadata
    gold: List[Any] = next((list(fields[name].labels) for name in ("tags", "relations") if name in fields), [])
    is_labelled = bool(gold) and all(isinstance(label, str) for label in gold)
    return Sentence(metadata["words"], gold if is_labelled else None, metadata.get("lines", []), metadata)


def sizes(data: Data) -> Iterator[Finding]:
    """How much there is, and what is too long."""
    yield from _size("Labelled training data", data.labelled, data.label_noun)
    if data.text.sentences:
        yield from _size("Text without labels", data.text, "")
    yield from _validation(data)
    for part in filter(None, (data.labelled, data.text, data.validation)):
        if part.long:
            yield Finding(
                "note",
                f"Longer than {LONG} words: {count(part.long, 'sentence')} of {_names(part)}; the longest has "
                f"{part.longest and part.longest.number:,}, at {part.longest}. Memory and time grow with the longest "
                "sentence, for models of spans and trees with its square.",
                "Split what is not one sentence, or leave it out.",
            )


def _size(name: str, part: Part, noun: str) -> Iterator[Finding]:
    if not part.sentences:
        yield Finding(
            "note",
            f"{name}: none",
            'Labelled sentences have to be under "labelled" in train_data_path, or directly there.',
        )
        return
    items = f", {sum(part.labels.values()):,} {noun}" if noun == "entities" else ""
    yield Finding("ok", f"{name}: {count(part.sentences, 'sentence')}, {part.words:,} words{items} ({_names(part)})")


def _validation(data: Data) -> Iterator[Finding]:
    part = data.validation
    if part is None:
        yield Finding(
            "warning",
            "There is no validation data, so the last epoch is kept, whether it is the best or not.",
            "Name labelled sentences that are not trained on as validation_data_path.",
        )
        return
    yield from _size("Validation data", part, data.label_noun)
    if part.without_gold:
        yield Finding(
            "warning",
            f"{part.without_gold:,} of the {part.sentences:,} validation sentences are without labels, and count for "
            "no score.",
            "Name labelled files alone as validation_data_path.",
        )
    elif part.sentences < FEW_VALIDATION:
        yield Finding(
            "note",
            f"Which epoch is the best is hard to tell from {count(part.sentences, 'validation sentence')}.",
            f"Hold out more labelled sentences, some {10 * FEW_VALIDATION:,} if there are that many.",
        )


def _names(part: Part) -> str:
    files: List[str] = list(part.files)
    return files[0] if len(files) == 1 else f"{len(files)} files"
