"""Archives, stores and a pipeline made by version 0.1.0 are read, and give what they gave then; see README.md."""

import json
import shutil
import tarfile
from pathlib import Path
from typing import Any, Callable, Dict

import pytest
import torch
from allennlp.common.checks import ConfigurationError

from skd_plugin import structures
from tests import PROJECT_ROOT
from tests.compatibility.results import annotations, assert_same, distributions, names, opened, outputs, predictions

FILES = PROJECT_ROOT / "tests" / "compatibility" / "0.1.0"
EXPECTED: Dict[str, Any] = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
NAMES: Dict[str, Any] = json.loads((FILES / "names.json").read_text(encoding="utf-8"))
MODELS = sorted(EXPECTED["models"])
STORES = sorted(path.stem for path in (FILES / "stores").glob("*.safetensors"))

StoreOf = Callable[[str], Path]


def archive_of(model: str) -> Path:
    return FILES / "archives" / f"{model}.tar.gz"


@pytest.fixture
def store_of(tmp_path: Path) -> StoreOf:
    """`store_of(name)`: a copy, because a teacher may add to its store."""

    def store_of(name: str) -> Path:
        return Path(shutil.copy(FILES / "stores" / f"{name}.safetensors", tmp_path / "store.safetensors"))

    return store_of


@pytest.mark.parametrize("model", MODELS)
def test_allennlp_predicts_the_same(model: str, tmp_path: Path):
    expected = EXPECTED["models"][model]
    assert_same(predictions(archive_of(model), expected["sentences"], tmp_path), expected["predictions"])


@pytest.mark.parametrize("model", MODELS)
def test_the_model_that_the_plugin_loads_puts_out_the_same(model: str):
    expected = EXPECTED["models"][model]
    assert_same(outputs(archive_of(model), expected["sentences"]), expected["predictions"])


@pytest.mark.parametrize("model", MODELS)
def test_a_teacher_says_the_same(model: str):
    expected = EXPECTED["models"][model]
    assert_same(distributions(opened(archive_of(model)), expected["sentences"]), expected["distributions"])


@pytest.mark.parametrize("model", STORES)
def test_a_store_serves_its_archive_wherever_that_is(model: str, store_of: StoreOf, tmp_path: Path):
    archive = Path(shutil.copy(archive_of(model), tmp_path / "another_name.tar.gz"))
    _assert_serves(store_of(model), archive, archive.unlink, model)


def test_a_store_serves_the_folder_of_a_run(store_of: StoreOf, tmp_path: Path):
    folder = tmp_path / "run"
    with tarfile.open(archive_of("crf_tagger")) as files:
        files.extractall(folder, filter="data")
    _assert_serves(store_of("folders/crf_tagger"), folder, lambda: shutil.rmtree(folder), "crf_tagger")


def test_a_store_grows_in_a_folder_beside_it(store_of: StoreOf):
    store, sentences = store_of("crf_tagger"), EXPECTED["models"]["crf_tagger"]["sentences"]
    before = store.read_bytes()
    opened(archive_of("crf_tagger"), store=str(store)).study(lambda: [("new",)])
    assert store.read_bytes() == before and (store.parent / f"{store.name}.shards").is_dir()
    archive = Path(shutil.copy(archive_of("crf_tagger"), store.parent))
    teacher = opened(archive, store=str(store))
    archive.unlink()
    teacher.study(lambda: [("new",), *map(tuple, sentences)])
    assert_same(distributions(teacher, sentences), EXPECTED["models"]["crf_tagger"]["distributions"])


def test_a_store_is_refused_for_another_archive(store_of: StoreOf):
    with pytest.raises(ConfigurationError, match="holds the potentials of another teacher"):
        opened(archive_of("maxent_tagger"), store=str(store_of("crf_tagger")))


@pytest.mark.slow
def test_a_pipeline_annotates_the_same(tmp_path: Path):
    expected = EXPECTED["pipeline"]
    assert_same(annotations(FILES / "pipeline", expected["texts"], tmp_path), expected["annotations"])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.* is now called")
def test_everything_has_the_name_that_it_had(tmp_path: Path):
    found = names(tmp_path)
    for name in NAMES["structures"]:
        assert hasattr(structures, name), f"`from skd_plugin.structures import {name}` worked in 0.1.0"
    for group, expected in NAMES["entry_points"].items():
        assert set(expected) <= set(found["entry_points"][group]), f"{group} of setup.py; run `make install`"
    for base, kinds in NAMES["registered"].items():
        for name, options in kinds.items():
            assert name in found["registered"].get(base, {}), f"no {base} is registered as {name!r}"
            assert set(options) <= set(found["registered"][base][name]), f"options of the {base} {name!r}"


def _assert_serves(store: Path, archive: Path, remove_archive: Callable[[], None], model: str) -> None:
    """The teacher opens with its store, and then answers without its archive, which it would have to read."""
    expected = EXPECTED["models"][model]
    teacher = opened(archive, store=str(store))
    remove_archive()
    before = store.read_bytes()
    teacher.study(lambda: map(tuple, expected["sentences"]))
    assert_same(distributions(teacher, expected["sentences"]), expected["distributions"])
    assert store.read_bytes() == before


def test_renamed_things_keep_their_old_names_with_a_warning():
    tagger = structures.MaxEnt(torch.zeros(1, 2, 2), torch.ones(1, 2, dtype=torch.bool), ("noun", "verb"))
    with pytest.warns(DeprecationWarning, match="condensed is now called as_teacher"):
        assert tagger.condensed is tagger
    with pytest.warns(DeprecationWarning, match="lesson is now called target"):
        assert structures.lesson is structures.target
    with pytest.raises(AttributeError, match="has no attribute 'lessons'"):
        _ = structures.lessons
