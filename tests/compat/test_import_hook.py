"""AllenNLP works without what only its unused parts import, nobody else notices, and it finds the plugin."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from allennlp.common import plugins

from skd_plugin.compat import import_hook
from skd_plugin.compat.on_demand import ON_DEMAND
from tests import PROJECT_ROOT

# None of these can be imported, and `google` has nothing in it, as if they were not installed.
WITHOUT = """
import sys
from types import ModuleType
packages = "base58 boto3 botocore cryptography dill h5py lmdb matplotlib more_itertools nltk pytest sentencepiece "
packages += "sklearn tensorboardX termcolor tokenizers transformers torchvision fairscale wandb"
sys.modules.update(dict.fromkeys(packages.split()), google=ModuleType("google"))
from skd_plugin.compat import import_hook
import_hook.install()
"""

AFTER_ALLENNLP = f"""{WITHOUT}
import spacy
from allennlp.commands import main
before = {{**sys.modules}}
for name in packages.split():
    assert sys.modules[name] is None, name
from allennlp.common.plugins import import_plugins
import_plugins()
assert "skd_plugin.plugin" in sys.modules
for name in packages.split():
    assert sys.modules[name] is None, name
from cached_path import cached_path
from cached_path.schemes import get_supported_schemes
assert {{"gs", "r2", "s3", "hf"}} <= set(get_supported_schemes())
for url, package in [("s3://bucket/key", "boto3"), ("gs://bucket/key", "google-cloud-storage")]:
    try:
        cached_path(url)
    except ImportError as error:
        assert f"{{package}} is not installed" in str(error) and f"pip install {{package}}" in str(error), error
    else:
        raise AssertionError(url)
from allennlp.common.checks import ConfigurationError
from allennlp.models import Model
try:
    Model.by_name("skd_crf_taggr")
except ConfigurationError as error:
    assert "did you mean 'skd_crf_tagger'" in str(error), error
"""

LOADED = """
from skd_plugin.compat import import_hook
import_hook.install()
import sys, skd_plugin.plugin, skd_plugin.serving.components.component, cached_path
heavy = "transformers tokenizers sklearn boto3 botocore lmdb nltk pytest termcolor tensorboardX matplotlib".split()
print([name for name in [*heavy, "google.cloud", "scipy.stats"] if name in sys.modules])
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
def test_allennlp_works_without_what_its_unused_parts_import():
    finished = run(AFTER_ALLENNLP)
    assert finished.returncode == 0, finished.stderr


@pytest.mark.slow
def test_packages_that_are_installed_are_not_loaded_for_nothing():
    finished = run(LOADED)
    assert (finished.stdout, finished.returncode) == ("[]\n", 0), finished.stderr


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


@pytest.mark.parametrize("name", ["allennlp.common.plugins", *ON_DEMAND])
def test_watched_modules_are_wrapped(name):
    parent = name.rpartition(".")[0]
    path = import_module(parent).__path__ if parent else None
    spec = import_hook.ImportHook().find_spec(name, path)
    assert "exec_module" in vars(spec.loader)


def test_other_modules_are_left_alone():
    assert import_hook.ImportHook().find_spec("allennlp.version") is None
    assert import_hook.ImportHook().find_spec("transformers") is None
