"""Archives of models that continue the training of another one (`from_archive`) stand alone.

Symptom: such an archive needs the first one for ever, at the same path. Cause: its config.json is that of the training,
whose section `model` only names the first archive. Remedy: at the start of the run, write a second config, in which the
first archive's section takes that place, and put this one into the archive. `apply` does so.
"""

import functools
import json
import os
import shutil
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Union

from allennlp.commands import train
from allennlp.common import Params
from allennlp.common.checks import ConfigurationError
from allennlp.common.file_utils import cached_path
from allennlp.common.meta import META_NAME
from allennlp.models import archival
from allennlp.training import util as training_util

from skd_plugin.compat.whole_files import whole_file

STANDALONE = "standalone_config.json"
"""The second config, in the folder of a run. Only runs that continue a model have one."""

Folder = Union[str, "os.PathLike[str]"]


def standalone_section(model: Any) -> Any:
    """
    The section `model` of a config, without `from_archive`: that of the archive which it names.

    Raises `ConfigurationError` if there is no such archive.
    """
    while isinstance(model, dict) and model.get("type") == "from_archive":
        archive = model.get("archive_file")
        try:
            model = _config(str(cached_path(str(archive))))["model"]
        except (OSError, KeyError, ValueError, tarfile.TarError) as error:
            raise ConfigurationError(
                f"The model of this run continues the one in {archive}, which cannot be read "
                f"({type(error).__name__}: {error}). Give the model.tar.gz of a trained model as `archive_file`, and "
                "keep it there until the run has ended. The run's own archive does not need it."
            ) from error
    return model


def write_standalone_configs() -> None:
    """Write the second config when the folder of a run is made, also of one that is resumed."""
    create = training_util.create_serialization_dir

    @functools.wraps(create)
    def create_serialization_dir(params: Params, serialization_dir: Folder, recover: bool, force: bool) -> None:
        config = params.as_dict(quiet=True)
        model = standalone_section(config.get("model"))
        create(params, serialization_dir, recover, force)
        if model != config.get("model"):
            with whole_file(Path(serialization_dir) / STANDALONE) as unfinished:
                Path(unfinished).write_text(json.dumps({**config, "model": model}, indent=4))

    training_util.create_serialization_dir = create_serialization_dir


def archive_standalone_configs() -> None:
    """Put the second config into the archive, where there is one."""
    archive = archival.archive_model

    @functools.wraps(archive)
    def archive_model(
        serialization_dir: Folder,
        weights: str = archival._DEFAULT_WEIGHTS,
        archive_path: Optional[Folder] = None,
        include_in_archive: Optional[List[str]] = None,
    ) -> str:
        run = Path(serialization_dir)
        if not (run / STANDALONE).is_file():
            return archive(run, weights, archive_path or run, include_in_archive)
        with _standing_for(run, include_in_archive or []) as folder:
            return archive(folder, str((run / weights).absolute()), archive_path or run, include_in_archive)

    archival.archive_model = archive_model
    train.archive_model = archive_model


def apply() -> None:
    """Apply both changes."""
    write_standalone_configs()
    archive_standalone_configs()


@contextmanager
def _standing_for(run: Path, include_in_archive: List[str]) -> Iterator[Path]:
    """A folder with the second config as its config, and copies of what else goes into the archive."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        shutil.copy(run / STANDALONE, folder / archival.CONFIG_NAME)
        for pattern in ["vocabulary", META_NAME, *include_in_archive]:
            for path in run.glob(pattern):
                copy = shutil.copytree if path.is_dir() else shutil.copy
                (folder / path.relative_to(run)).parent.mkdir(parents=True, exist_ok=True)
                copy(path, folder / path.relative_to(run))
        yield folder


def _config(path: str) -> Dict[str, Any]:
    """The config in an archive, or of a run."""
    if os.path.isdir(path):
        names = [os.path.join(path, name) for name in (STANDALONE, archival.CONFIG_NAME)]
        config: Dict[str, Any] = json.loads(Path(next(filter(os.path.isfile, names), names[-1])).read_text())
        return config
    with tarfile.open(path, "r:gz") as archive:
        file = archive.extractfile(archival.CONFIG_NAME)
        if file is None:
            raise ValueError(f"its {archival.CONFIG_NAME} is not a file")
        config = json.load(file)
        return config
