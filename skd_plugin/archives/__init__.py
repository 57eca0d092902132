"""Loading trained models from any source: nothing in them is executed, and only temporary files are written."""

import skd_plugin.compat.patches  # before AllenNLP is imported
import skd_plugin.inputs  # noqa: F401  archives name its classes
from skd_plugin.archives.building import LoadedModel, build, load
from skd_plugin.archives.names import (
    CARD_FILE,
    METRICS_FILE,
    TEACHERS_FILE,
    TRAINING_FILE,
    base_name,
    without_folders,
)
from skd_plugin.archives.notes import read_notes
from skd_plugin.archives.rewriting import with_model_options
from skd_plugin.archives.saved import SavedModel, read, read_config
from skd_plugin.archives.screening.errors import NotLoadable
from skd_plugin.archives.single_file import from_bytes, read_file, to_bytes, write

__all__ = [
    "CARD_FILE",
    "LoadedModel",
    "METRICS_FILE",
    "NotLoadable",
    "SavedModel",
    "TEACHERS_FILE",
    "TRAINING_FILE",
    "base_name",
    "build",
    "from_bytes",
    "load",
    "read",
    "read_config",
    "read_file",
    "read_notes",
    "to_bytes",
    "with_model_options",
    "without_folders",
    "write",
]
