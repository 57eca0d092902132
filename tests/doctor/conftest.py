"""A student, teachers with random weights, and what is said of them."""

from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest

from skd_plugin.doctor.collecting import collected
from skd_plugin.doctor.experiment import Experiment, build, split_config
from skd_plugin.doctor.finding import Finding
from skd_plugin.doctor.teachers import examine_teacher
from skd_plugin.structures import bioul
from tests.distillation.runs import params
from tests.doctor import distiller_of
from tests.untrained import make_archive


@pytest.fixture(scope="session")
def config() -> Dict[str, Any]:
    """That of the student."""
    return params("distilled", {}).as_dict()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("doctor")


@pytest.fixture(scope="session")
def student(config: Dict[str, Any], folder: Path) -> Experiment:
    return build(split_config(config)[0], str(folder))


@pytest.fixture(scope="session")
def teacher(folder: Path) -> Path:
    return make_archive(folder / "teacher", {}, type="skd_crf_tagger")


@pytest.fixture(scope="session")
def of_persons(folder: Path) -> Path:
    """A teacher with other names of types."""
    labels = {"labels": list(bioul.tags(["PERSON", "LOC"]))}
    return make_archive(folder / "persons", labels, type="skd_maxent_tagger")


@pytest.fixture
def found(student: Experiment, tmp_path: Path) -> Callable[..., List[Finding]]:
    """The findings about a distiller with one teacher."""

    def run(archive: Path, **options: Any):
        own = {name: options.pop(name) for name in ("store", "label_map") if name in options}
        distiller = distiller_of(tmp_path, teachers=[{"archive": str(archive), **own}], **options)
        [one] = distiller.settings.teachers
        return collected("Teacher", examine_teacher(distiller, one, one.without_store(), student)).findings

    return run
