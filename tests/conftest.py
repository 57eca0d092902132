"""What all tests share: AllenNLP can be imported, and property tests draw the same examples in every run."""

import pytest
from hypothesis import settings

from skd_plugin import _import_hook
from tests import PROJECT_ROOT

_import_hook.install()  # also in a checkout that was never installed

settings.register_profile("derandomized", derandomize=True, deadline=None, database=None)
settings.load_profile("derandomized")


@pytest.fixture(autouse=True)
def _at_project_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT_ROOT)
