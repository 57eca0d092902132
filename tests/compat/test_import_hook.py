"""AllenNLP can be imported without torchvision and fairscale, other packages do not notice, and it finds the plugin."""

import subprocess
import sys
from pathlib import Path

import pytest
from allennlp.common import plugins

from skd_plugin.compat import import_hook
from tests import PROJECT_ROOT

IN_A_FRESH_INTERPRETER = """
import sys
from skd_plugin.compat import import_hook
import_hook.install()

def is_missing(name):
    try:
        __import__(name)
    except ModuleNotFoundError as error:
        return error.name == name

assert is_missing("torchvision") and is_missing("fairscale"), "before AllenNLP"
from allennlp.common.plugins import import_plugins
import_plugins()
assert is_missing("torchvision") and is_missing("fairscale"), "after AllenNLP"
assert not [name for name in sys.modules if name.partition(".")[0] in ("torchvision", "fairscale")]
from transformers.utils import is_torchvision_available
assert not is_torchvision_available()
"""


# What the start-up file does in an installed plugin, and then `allennlp --help`.
COMMANDS = f"""
import sys
sys.path.append({str(PROJECT_ROOT)!r})
from skd_plugin.compat import import_hook
import_hook.install()
sys.argv = ["allennlp", "--help"]
from allennlp.__main__ import run
run()
"""


def run(code: str, folder: Path = PROJECT_ROOT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder)


@pytest.mark.slow
def test_allennlp_is_imported_and_the_packages_stay_missing_for_others():
    finished = run(IN_A_FRESH_INTERPRETER)
    assert finished.returncode == 0, finished.stderr


@pytest.mark.slow
def test_allennlp_finds_the_plugin_in_an_empty_folder(tmp_path):
    finished = run(COMMANDS, tmp_path)
    assert finished.returncode == 0, finished.stderr
    assert "skd-export" in finished.stdout


def test_start_up_loads_next_to_nothing():
    finished = run(
        "import sys; before = set(sys.modules); import skd_plugin.compat.import_hook; "
        "print(sorted(set(sys.modules) - before))"
    )
    # An installed distribution has loaded them before this line.
    assert set(eval(finished.stdout)) <= {"skd_plugin", "skd_plugin.compat", "skd_plugin.compat.import_hook"}


def test_the_installed_start_up_file_is_silent():
    finished = subprocess.run([sys.executable, "-X", "dev", "-c", "pass"], capture_output=True, text=True)
    assert (finished.stdout, finished.stderr) == ("", "")


def test_the_plugin_is_a_default_plugin_once():
    assert plugins.DEFAULT_PLUGINS.count("skd_plugin.plugin") == 1
    # The project's own file names it, too.
    assert [*plugins.discover_plugins.__wrapped__()] == ["skd_plugin.plugin"] and not [*plugins.discover_plugins()]


def test_installing_twice_adds_one_finder():
    import_hook.install()
    import_hook.install()
    assert sum(isinstance(finder, import_hook.ImportHook) for finder in sys.meta_path) == 1


@pytest.mark.parametrize("name", [name for name in import_hook.AT_IMPORT if name != "allennlp"])
def test_watched_modules_exist_in_allennlp(name):
    assert import_hook.ImportHook().find_spec(name, sys.modules[_parent(name)].__path__) is not None


def _parent(name: str) -> str:
    parent = name.rpartition(".")[0]
    __import__(parent)
    return parent
