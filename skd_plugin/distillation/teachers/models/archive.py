"""A model of this plugin as a teacher: frozen, in evaluation mode, and with its own reader and vocabulary."""

from pathlib import Path
from typing import List, Optional, Sequence

import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, DatasetReader
from allennlp.models.archival import CONFIG_NAME, get_weights_path
from allennlp.nn.util import move_to_device

from skd_plugin.archives import LoadedModel, NotLoadable, load
from skd_plugin.compat.configuration import configuration_errors
from skd_plugin.distillation.teachers.model import TeacherModel, Words, digest_of_files
from skd_plugin.structures import Factorization


@TeacherModel.register("archive")
class ArchivedModel(TeacherModel):
    """
    A trained model of this plugin, which is loaded from its archive.

    Registered as a `TeacherModel` with name "archive", which is what a teacher without a `type` is.

    # Parameters

    archive : `str`
        The `model.tar.gz` of a `StructuredModel`, or the directory of its run.
    trusted_modules : `List[str]`, optional (default = `None`)
        Packages whose registered classes the archive may use, in addition to AllenNLP and this plugin.
    """

    def __init__(self, archive: str, trusted_modules: Optional[List[str]] = None) -> None:
        self._name = archive
        # Other processes may be in another folder.
        self.path = _found(archive).absolute()
        self._trusted_modules = trusted_modules or []
        self._loaded: Optional[LoadedModel] = None
        self._device = torch.device("cpu")

    @property
    def name(self) -> str:
        return self._name

    def fingerprint(self) -> str:
        """A digest of the archive's bytes, or of the files of the model in the directory of a run."""
        try:
            return digest_of_files(_model_files(self.path))
        except OSError as error:
            raise ConfigurationError(
                f"The teacher archive {self.name} cannot be read ({error}). Give the path of a model.tar.gz that can "
                "be read."
            ) from error

    def load(self, device: torch.device) -> None:
        with configuration_errors(NotLoadable, prefix="The teacher archive is not loaded."):
            self._loaded = load(self.path, self._trusted_modules)
        self._loaded.model.to(device)
        self._device = device
        self.scored_words = self._loaded.model.scored_words

    @property
    def reader(self) -> DatasetReader:
        """The reader that the model was trained with. `load` was called before."""
        assert self._loaded is not None
        return self._loaded.reader

    def factorize(self, sentences: Sequence[Words]) -> Factorization:
        assert self._loaded is not None
        model, reader = self._loaded.model, self._loaded.reader
        instances = [reader.text_to_instance(list(words)) for words in sentences]
        for instance in instances:
            reader.apply_token_indexers(instance)
        batch = Batch(instances)
        batch.index_instances(model.vocab)
        tensors = move_to_device(batch.as_tensor_dict(), self._device)
        return model.factorize(tensors["tokens"], tensors.get("metadata"))


def _found(archive: str) -> Path:
    """The archive at this path: a file, or the directory of a run. Raises `ConfigurationError` if there is none."""
    path = Path(archive)
    if all(file.is_file() for file in _model_files(path)):
        return path
    raise ConfigurationError(
        f"There is no teacher archive at {archive}. Train the teacher first (`allennlp train TEACHER.jsonnet -s "
        f"{path.parent}`), or give the path of its model.tar.gz."
    )


def _model_files(archive: Path) -> List[Path]:
    """The files on which the model's output depends."""
    if not archive.is_dir():
        return [archive]
    vocabulary = sorted((archive / "vocabulary").glob("*.txt"))
    return [archive / CONFIG_NAME, Path(get_weights_path(archive)), *vocabulary]
