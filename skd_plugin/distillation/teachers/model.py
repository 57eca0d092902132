"""The model of a teacher: frozen, in evaluation mode, and reading words with its own reader and vocabulary."""

import hashlib
import logging
from pathlib import Path
from typing import Iterator, List, Sequence, Tuple

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch
from allennlp.models.archival import CONFIG_NAME, get_weights_path
from allennlp.nn.util import move_to_device

from skd_plugin.archives import NotLoadable, load
from skd_plugin.compat.configuration import configuration_errors
from skd_plugin.models.batches import batches_by_length
from skd_plugin.structures import Factorization

logger = logging.getLogger(__name__)

Words = Tuple[str, ...]


class TeacherModel:
    """
    A trained model, loaded from its archive, that turns words into distributions over structures.

    `reader` is the reader that it was trained with.

    # Parameters

    archive : `Path`
        The `model.tar.gz` of a `StructuredModel`, or the directory of its run.
    device : `torch.device`
    trusted : `Sequence[str]`, optional (default = `()`)
        Packages whose registered classes the archive may use, in addition to AllenNLP and this plugin.
    """

    def __init__(self, archive: Path, device: torch.device, trusted: Sequence[str] = ()) -> None:
        with configuration_errors(NotLoadable, prefix="The teacher archive is not loaded."):
            loaded = load(archive, trusted)
        self._model = loaded.model.to(device)
        self.reader = loaded.reader
        self._device = device
        self._warned = False

    def batches(self, sentences: Sequence[Words], size: int) -> Iterator[List[Words]]:
        """
        Batches of at most `size` sentences of similar lengths, the longest first.

        Of long sentences there are fewer, so that what the model scores in a batch fits into memory.
        """
        for batch in batches_by_length(list(map(len, sentences)), self._model.scored_words, size):
            yield [sentences[index] for index in batch]

    def factorize(self, sentences: Sequence[Words]) -> List[Factorization]:
        """The distribution over the structures of each sentence, on the CPU."""
        instances = [self.reader.text_to_instance(list(words)) for words in sentences]
        for instance in instances:
            self.reader.apply_token_indexers(instance)
        batch = Batch(instances)
        batch.index_instances(self._model.vocab)
        tensors = move_to_device(batch.as_tensor_dict(), self._device)
        with torch.no_grad():
            factorization = self._model.factorize(tensors["tokens"], tensors.get("metadata"))
            self._warn_if_inexact(factorization)
            return factorization.as_teacher.to("cpu").unstack()

    def _warn_if_inexact(self, factorization: Factorization) -> None:
        if factorization.caveat and not self._warned:
            logger.warning("The teacher is a %s. %s", type(factorization).__name__, factorization.caveat)
            self._warned = True


def load_model(archive: Path, expected: str, device: torch.device, trusted: Sequence[str] = ()) -> TeacherModel:
    """
    The model of an archive whose fingerprint was taken before.

    Raises `ConfigurationError` if it has changed since.
    """
    model = TeacherModel(archive, device, trusted)
    if fingerprint(archive) != expected:
        raise ConfigurationError(
            f"The teacher archive {archive} has changed since this run began, so its potentials would be kept as those "
            "of another teacher. Start the run again when the archive is complete."
        )
    return model


def fingerprint(archive: Path) -> str:
    """A digest of the model's files. Potentials that were stored with another fingerprint are not this teacher's."""
    digest = hashlib.sha256()
    try:
        for path in _model_files(archive):
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
    except OSError as error:
        raise ConfigurationError(
            f"The teacher archive {archive} cannot be read ({error}). Give the path of a model.tar.gz that can be read."
        ) from error
    return digest.hexdigest()


def find_archive(path: str) -> Path:
    """The archive at `path`: a file, or the directory of a run. Raises `ConfigurationError` if there is none."""
    archive = Path(path)
    if all(file.is_file() for file in _model_files(archive)):
        return archive
    raise ConfigurationError(
        f"There is no teacher archive at {path}. Train the teacher first (`allennlp train TEACHER.jsonnet -s "
        f"{archive.parent}`), or give the path of its model.tar.gz."
    )


def _model_files(archive: Path) -> List[Path]:
    """The files on which the model's output depends."""
    if not archive.is_dir():
        return [archive]
    vocabulary = sorted((archive / "vocabulary").glob("*.txt"))
    return [archive / CONFIG_NAME, Path(get_weights_path(archive)), *vocabulary]
