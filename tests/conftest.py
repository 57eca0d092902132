"""What all tests share.

AllenNLP can be imported, property tests draw the same examples in every run, and compiled kernels are those of the
sources.
"""

import os

import pytest
import torch
from hypothesis import settings

from skd_plugin.compat import import_hook
from tests import PROJECT_ROOT
from tools.kernel_cache import KernelCache

import_hook.install()  # also in a checkout that was never installed

# A forked process hangs in OpenMP if its parent has used several threads; and the tests share their machine.
os.environ["OMP_NUM_THREADS"] = "1"
torch.set_num_threads(1)

settings.register_profile("derandomized", derandomize=True, deadline=None, database=None)
settings.load_profile("derandomized")


def pytest_configure(config: pytest.Config) -> None:
    # The workers of pytest-xdist use the files of their first process.
    if not hasattr(config, "workerinput"):
        KernelCache().restore()


def pytest_collection_modifyitems(items: list) -> None:
    # The processes take file after file, and should not wait for each other at the end.
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True)
def _at_project_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT_ROOT)
