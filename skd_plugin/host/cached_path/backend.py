"""The build backend of this folder, in the place that `pip` allows."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from repackaging import build_wheel, get_requires_for_build_wheel, prepare_metadata_for_build_wheel  # noqa: E402

__all__ = ["build_wheel", "get_requires_for_build_wheel", "prepare_metadata_for_build_wheel"]
