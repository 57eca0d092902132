"""`allennlp skd-annotate` has a teacher read text, and says what there is then."""

import json
import re
from pathlib import Path

import pytest
from allennlp.common.checks import ConfigurationError

from tests.commands import allennlp
from tests.untrained import make_archive

TEXT = "fixtures/unlabelled.txt"


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_archive(tmp_path_factory.mktemp("annotating") / "teacher", {}, type="skd_maxent_tagger")


def plan(store: Path) -> dict:
    return json.loads((store / "plan.json").read_text())


def test_it_says_what_there_is_and_how_to_use_it(teacher, tmp_path, capsys):
    store = tmp_path / "store"
    allennlp("skd-annotate", teacher, TEXT, "--store", store, "--dtype", "float16", "--shard-size", 3, "--part", "1/2")
    [read, left, size, loss, use] = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"Of 12 different sentences, 0 were stored before, and 6 were read in \d+ s\.", read)
    assert left == "6 are left to other jobs, or to the same command, run again."
    assert re.fullmatch(rf"{store}: 6 sentences in 2 files, \d\.\d MB in float16, [\d,]+ bytes a sentence\.", size)
    assert re.fullmatch(r"KL\(float32 ‖ float16\) of a sentence: .* nats on average, .* of 3 sentences\.", loss)
    assert use == f"To learn from it: teachers: [{{ archive: '{teacher}', store: '{store}' }}]"
    allennlp("skd-annotate", teacher, TEXT, "--store", store, "--shard-size", 3)
    assert "6 were stored before, and 6 were read" in capsys.readouterr().out


def test_all_options_arrive(teacher, tmp_path):
    allennlp(
        *("skd-annotate", teacher, TEXT, "--store", tmp_path / "store", "--config"),
        *("tests/distillation/configs/tagger.jsonnet", "-o", '{"validation_data_path": null}', "--batch-size", 2),
        *("--threads", 1, "--workers", 1, "--cuda-device", -1, "--trusted-modules", "tests.archives.custom_encoders"),
    )
    names = [entry["path"] for entry in plan(tmp_path / "store")["inputs"]]
    assert names == ["tests/distillation/configs/tagger.jsonnet: train_data_path", TEXT]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "There is nothing to read. Give files of text, or the config"),
        ([TEXT, "-o", "{}"], "--overrides change a config, and there is none"),
        ([TEXT, "--address", "auto"], "--address is that of a cluster of Ray. Give --engine ray"),
        ([TEXT, "--workers", "0"], "--workers is 0, expected a number of at least 1"),
        ([TEXT, "--shard-size", "-1"], "--shard-size is -1, expected a number of at least 1"),
        ([TEXT, "--batch-size", "0"], "--batch-size is 0"),
        ([TEXT, "--threads", "0"], "--threads is 0"),
    ],
)
def test_options_that_make_no_sense_are_refused(teacher, tmp_path, arguments, message):
    with pytest.raises(ConfigurationError, match=message):
        allennlp("skd-annotate", teacher, *arguments, "--store", tmp_path / "store")
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("part", ["0/2", "3/2", "1", "a/b"])
def test_a_part_that_is_none_is_refused(teacher, tmp_path, part, capsys):
    with pytest.raises(SystemExit):
        allennlp("skd-annotate", teacher, TEXT, "--store", tmp_path / "store", "--part", part)
    assert f"'{part}', expected I/N with I from 1 to N, such as 1/8" in capsys.readouterr().err


def test_what_is_no_teacher_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="There is no teacher archive at no/model.tar.gz"):
        allennlp("skd-annotate", "no/model.tar.gz", TEXT, "--store", tmp_path / "store")


def test_the_precisions_are_those_of_stores():
    from skd_plugin.commands.annotate import PRECISIONS
    from skd_plugin.distillation.teachers import precision

    assert tuple(precision.PRECISIONS) == PRECISIONS
