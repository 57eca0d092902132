"""Stand-ins are seen by one module, are the real package once it is used, and else say what to install."""

import ast
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
import torch
from allennlp.data.image_loader import TorchImageLoader
from allennlp.modules.token_embedders import pretrained_transformer_embedder
from allennlp.nn.checkpoint.fairscale_checkpoint_wrapper import FairScaleCheckpointWrapper
from allennlp.nn.parallel.fairscale_fsdp_accelerator import _FSDP

from skd_plugin.compat.on_demand import KNOWN, ON_DEMAND
from skd_plugin.compat.stand_ins import StandIn, import_on_demand

PACKAGE = "skd_example_package"


def execute(code: str, *names: str) -> ModuleType:
    """A module with this code, to which these names stand for what it imports."""
    module = ModuleType("example")
    import_on_demand(module, names or (PACKAGE,))
    exec(code, vars(module))
    return module


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that can be imported, and what is in it."""
    (tmp_path / PACKAGE).mkdir()
    (tmp_path / PACKAGE / "__init__.py").write_text("class Thing:\n    colour = 'red'\n\ndef double(x): return 2 * x\n")
    (tmp_path / PACKAGE / "inner.py").write_text("TABLE = {'key': 5}\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield PACKAGE
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


IMPORTS = f"""
import {PACKAGE}
import {PACKAGE}.inner as inner
from {PACKAGE} import double, Thing
from {PACKAGE}.inner import TABLE

def check(x: Thing): return isinstance(x, Thing)

class Ours(Thing):
    def own(self): return super().__init__() is None

class Further(Ours): pass

def later():
    from {PACKAGE}.inner import TABLE
    return TABLE
"""


def test_the_package_is_imported_when_it_is_used(package):
    module = execute(IMPORTS)
    assert not module.check("other") and PACKAGE not in sys.modules
    assert module.double(4) == 8 and PACKAGE in sys.modules
    assert module.TABLE["key"] == module.inner.TABLE["key"] == module.later()["key"] == 5
    assert module.Thing.colour == "red"
    thing = module.Thing()
    assert type(thing) is sys.modules[PACKAGE].Thing and module.check(thing) and not module.check(1)


def test_a_class_gets_its_real_base_when_it_is_used(package):
    module = execute(IMPORTS)
    assert not isinstance(1, module.Ours) and PACKAGE not in sys.modules
    assert module.Further().own() and module.Further.colour == "red"
    assert issubclass(module.Ours, sys.modules[PACKAGE].Thing)


def test_a_loaded_package_is_used_as_it_is(package):
    real = __import__(package)
    assert execute(IMPORTS).Thing is real.Thing


def test_a_missing_package_can_be_imported_but_not_used():
    module = execute(IMPORTS)
    for use in (module.Thing, lambda: module.Thing.colour, module.Further, lambda: module.Ours.colour, module.later):
        with pytest.raises(ImportError, match=f"{PACKAGE}.* is needed here, .* run: pip install {PACKAGE}"):
            used = use()
            used["key"]
    assert not module.check(1) and not hasattr(module.Thing, "__wrapped__")


def test_other_imports_are_those_of_python():
    module = execute("import os.path as path\nfrom json import dumps\nimport xml.dom")
    assert module.path is sys.modules["os.path"] and module.xml is sys.modules["xml"]
    with pytest.raises(ModuleNotFoundError):
        execute(f"import {PACKAGE}", "another_package")


def test_a_relative_import_is_recognized(package):
    module = ModuleType(f"{PACKAGE}.outer")
    module.__spec__ = find_spec(f"{PACKAGE}.inner")
    module.__package__ = PACKAGE
    import_on_demand(module, (f"{PACKAGE}.inner",))
    exec("from .inner import TABLE", vars(module))
    assert isinstance(module.TABLE, StandIn) and module.TABLE["key"] == 5


@pytest.mark.skipif(find_spec("torchvision") is not None or find_spec("fairscale") is not None, reason="installed")
@pytest.mark.parametrize(
    "use, named",
    [
        (
            lambda: TorchImageLoader(image_backend="accimage"),
            "torchvision.set_image_backend .* pip install torchvision",
        ),
        (lambda: FairScaleCheckpointWrapper().wrap_module(torch.nn.Linear(1, 1)), "pip install fairscale"),
        (
            lambda: _FSDP(torch.nn.Linear(1, 1)),
            "fairscale.nn.FullyShardedDataParallel .* pip install fairscale",
        ),
    ],
)
def test_real_use_says_what_to_install(use, named):
    with pytest.raises(ImportError, match=named):
        use()


def test_a_name_that_a_release_lacks_says_which_release_has_it():
    with pytest.raises(ImportError, match="the installed huggingface_hub lacks it.* pip install 'huggingface_hub<1'"):
        StandIn.of("huggingface_hub", "NoSuchName")("folder")


def test_the_check_for_an_architecture_knows_it():
    from transformers import XLNetConfig

    assert isinstance(XLNetConfig(), pretrained_transformer_embedder.XLNetConfig)
    assert not isinstance(object(), pretrained_transformer_embedder.XLNetConfig)


@pytest.mark.parametrize("module", ON_DEMAND)
def test_each_row_names_what_the_module_imports(module):
    spec = find_spec(module)
    tree = ast.parse(Path(spec.origin).read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            imported.add(f"{spec.parent}.{node.module}" if node.level else node.module)
    for name in ON_DEMAND[module]:
        assert any(one == name or one.startswith(f"{name}.") for one in imported), name


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_known_of_a_class_is_so(name):
    module, _, kind = name.rpartition(".")
    tree = ast.parse(Path(find_spec(module).origin).read_text())
    [definition] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == kind]
    values = {ast.unparse(node) for node in definition.body if isinstance(node, ast.Assign)}
    assert {f"{attribute} = {value!r}" for attribute, value in KNOWN[name].items()} <= values
