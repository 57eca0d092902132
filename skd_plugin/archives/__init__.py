"""Loading trained models, also from strangers: nothing in them is executed, and nothing is written anywhere else."""

import skd_plugin.compat.patches  # noqa: F401  before AllenNLP is imported
from skd_plugin.archives.building import Loaded, build, load
from skd_plugin.archives.saved import Saved, read
from skd_plugin.archives.screening.errors import NotLoadable
from skd_plugin.archives.single_file import from_bytes, read_file, to_bytes, write

__all__ = ["Loaded", "NotLoadable", "Saved", "build", "from_bytes", "load", "read", "read_file", "to_bytes", "write"]
