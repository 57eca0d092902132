"""What all tests share.

AllenNLP can be imported, property tests draw the same examples in every run, compiled kernels are those of the sources,
each tiny archive is trained once, and nothing waits for the disk or for AllenNLP to import itself again.
"""

import gc
import os
import sys
from typing import TYPE_CHECKING, Iterator, Optional, Set

import pytest
import torch
from hypothesis import settings

from skd_plugin.compat import import_hook
from tests import PROJECT_ROOT
from tools.kernel_cache import KernelCache

if TYPE_CHECKING:
    from tests.trained import Trained

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


@pytest.fixture(scope="session")
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Trained":
    """`trained("ner")`: the archive of a recipe in `tests/recipes.py`."""
    from tests.trained import Trained

    base = tmp_path_factory.getbasetemp()
    # Under pytest-xdist each worker has a folder of its own in one that they share.
    in_parallel = hasattr(request.config, "workerinput")
    folder = (base.parent if in_parallel else base) / "trained"
    folder.mkdir(exist_ok=True)
    return Trained(folder)


@pytest.fixture(autouse=True, scope="session")
def _without_waiting_for_the_disk() -> Iterator[None]:
    """A training flushes some forty files, for a power cut that ends the tests anyway."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def _importing_allennlp_once() -> Iterator[None]:
    """Each command and `Predictor.from_path` look for all modules of AllenNLP, which takes as long as many tests."""
    plugins = sys.modules.get("allennlp.common.plugins")
    if plugins is None:
        yield
        return
    import_all, imported = plugins.import_module_and_submodules, set()

    def import_once(package: str, exclude: Optional[Set[str]] = None) -> None:
        if package not in imported:
            import_all(package, exclude)
            imported.add(package)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plugins, "import_module_and_submodules", import_once)
        yield


@pytest.fixture(autouse=True, scope="module")
def _collecting_only_what_is_new() -> None:
    """A collection of garbage that walks over all imported modules takes half a second."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _at_project_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT_ROOT)
