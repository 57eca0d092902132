"""Serving leaves AllenNLP's initializers out, and whoever needs what they register finds it all the same."""

import json
import subprocess
import sys
from typing import Any

import pytest

from skd_plugin.compat.lazy_packages import PACKAGES
from tests import PROJECT_ROOT

SERVE = """
from skd_plugin.compat.lazy_packages import postponed
with postponed():
    import skd_plugin.data, skd_plugin.models
    from allennlp.common import Params
    from allennlp.data import Vocabulary
    from allennlp.models.model import Model
    instances = list(skd_plugin.data.ConllNer().read("fixtures/ner.conll"))
    config = Params.from_file("tests/models/configs/crf_ner.jsonnet")["model"]
    model = Model.from_params(config, vocab=Vocabulary.from_instances(instances))
assert model.eval().forward_on_instances(instances)[0]["tags"]
"""
PRINT_MODULES = "import json, sys; print(json.dumps([sorted(sys.modules), [repr(f) for f in sys.meta_path]]))"
PRINT_REGISTRIES = """
import json
from allennlp.common import Registrable
print(json.dumps({base.__qualname__: sorted(names) for base, names in Registrable._registry.items() if names}))
"""
NOT_SERVED = (
    *("allennlp.training.trainer", "allennlp.training.gradient_descent_trainer", "allennlp.models.basic_classifier"),
    *("tensorboardX", "matplotlib", "wandb", "nltk", "pytest", "allennlp.common.testing"),
)


def printed(*code: str) -> Any:
    program = [sys.executable, "-c", "\n".join(code)]
    finished = subprocess.run(program, capture_output=True, text=True, cwd=PROJECT_ROOT)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def modules_served() -> list:
    return printed(SERVE, PRINT_MODULES)[0]


@pytest.mark.parametrize("name", NOT_SERVED)
def test_serving_does_not_load(modules_served, name):
    assert name not in modules_served, f"serving loads {name}: find who imports it with python -X importtime"


@pytest.mark.parametrize("name", sorted(PACKAGES))
def test_serving_enters_package(modules_served, name):
    assert name in modules_served, f"{name} need not be in PACKAGES"


@pytest.mark.parametrize("training", ["allennlp.commands.train", "skd_plugin.plugin"])
def test_training_after_serving_finds_everything_registered(training):
    expected = printed(f"import skd_plugin.data, skd_plugin.models, {training}", PRINT_REGISTRIES)
    assert "basic_classifier" in expected["Model"] and "tensorboard" in expected["TrainerCallback"]
    assert printed(SERVE, f"import {training}", PRINT_REGISTRIES) == expected


@pytest.mark.parametrize("asked", ["models.BasicClassifier", "training.Trainer", "training.metrics.ROUGE"])
def test_attribute_after_serving_is_found_and_nothing_stays_behind(asked):
    uses = f"import allennlp.training.metrics, allennlp.models as m; allennlp.{asked}; m.Model.by_name('simple_tagger')"
    modules, finders = printed(SERVE, uses, PRINT_MODULES)
    assert "tensorboardX" in modules and not [finder for finder in finders if "Postponed" in finder]
