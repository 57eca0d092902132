"""The tests; their folders mirror the package's. Paths in configurations are relative to the repository's root."""

from pathlib import Path

PROJECT_ROOT = Path(__file__).parent.parent
