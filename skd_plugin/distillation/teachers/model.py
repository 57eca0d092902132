"""A trained model as a teacher: frozen, in evaluation mode, reading words with its own reader and vocabulary."""

import hashlib
import logging
from pathlib import Path
from typing import Iterator, List, Sequence, Tuple

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch
from allennlp.models.archival import CONFIG_NAME, get_weights_path
from allennlp.nn.util import move_to_device

from skd_plugin.archives import Loaded, NotLoadable, load
from skd_plugin.structures import Factorization

logger = logging.getLogger(__name__)

Words = Tuple[str, ...]


class TeacherModel:
    """
    # Parameters

    archive : `Path`
        The `model.tar.gz` of a `StructuredModel`, or its directory.
    device : `torch.device`
    trusted : `Sequence[str]`, optional (default = `()`)
        More packages whose registered classes the archive may use.
    """

    def __init__(self, archive: Path, device: torch.device, trusted: Sequence[str] = ()) -> None:
        loaded = _load(archive, trusted)
        self._model = loaded.model.to(device)
        self._reader = loaded.reader
        self._device = device
        self._warned = False

    def factorize(self, sentences: Sequence[Words]) -> List[Factorization]:
        """The distribution over the structures of each sentence, on the CPU."""
        instances = [self._reader.text_to_instance(list(words)) for words in sentences]
        for instance in instances:
            self._reader.apply_token_indexers(instance)
        batch = Batch(instances)
        batch.index_instances(self._model.vocab)
        tensors = move_to_device(batch.as_tensor_dict(), self._device)
        with torch.no_grad():
            found = self._model.factorize(tensors["tokens"], tensors.get("metadata"))
            self._warn(found)
            return found.as_teacher.to("cpu").unstack()

    def _warn(self, found: Factorization) -> None:
        """Says once what is not exact about this teacher."""
        if found.caveat and not self._warned:
            logger.warning("The teacher is a %s. %s", type(found).__name__, found.caveat)
            self._warned = True


def fingerprint(archive: Path) -> str:
    """A digest of the archive's bytes: potentials that were stored under another one are not this teacher's."""
    digest = hashlib.sha256()
    for path in _contents(archive):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def find_archive(path: str) -> Path:
    """The archive at `path`, which must exist: a file, or the directory of a finished run."""
    archive = Path(path)
    if all(file.is_file() for file in _contents(archive)):
        return archive
    raise ConfigurationError(
        f"There is no teacher archive at {path}. Train the teacher first (`allennlp train TEACHER.jsonnet -s "
        f"{archive.parent}`), or give the path of its model.tar.gz."
    )


def batches(sentences: Sequence[Words], size: int) -> Iterator[List[Words]]:
    """Sentences of similar lengths together, longest first, so that running out of memory shows at once."""
    ordered = sorted(sentences, key=len, reverse=True)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def _contents(archive: Path) -> List[Path]:
    """The files that make the model what it is."""
    if not archive.is_dir():
        return [archive]
    vocabulary = sorted((archive / "vocabulary").glob("*.txt"))
    return [archive / CONFIG_NAME, Path(get_weights_path(archive)), *vocabulary]


def _load(archive: Path, trusted: Sequence[str]) -> Loaded:
    try:
        return load(archive, trusted)
    except NotLoadable as error:
        raise ConfigurationError(f"The teacher archive is not loaded. {error}") from error
