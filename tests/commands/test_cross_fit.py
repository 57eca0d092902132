"""`allennlp skd-cross-fit` stores what teachers say of sentences that they were not trained on."""

import json
import shutil
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import pytest
import torch
from allennlp.commands import train as allennlp_train
from allennlp.commands.train import train_model
from allennlp.common.checks import ConfigurationError

from skd_plugin.commands.cross_fit import cross_fit
from skd_plugin.data.files.lines import paragraphs
from skd_plugin.distillation import ArchivedModel, Teacher
from tests.commands import allennlp
from tests.distillation.runs import CONFIGS

pytestmark = pytest.mark.slow

CONFIG = CONFIGS / "tagger.jsonnet"
LABELLED = "fixtures/ner.conll"
FOLDS = 2
OVERRIDES = json.dumps({"trainer.num_epochs": 1, "train_data_path.labelled": LABELLED})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the runs and the store."""
    folder = tmp_path_factory.mktemp("cross_fit")
    allennlp("skd-cross-fit", CONFIG, "-s", folder / "runs", "--store", folder / "store", "--folds", 2, "-o", OVERRIDES)
    return folder


@pytest.fixture
def copied(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy"


def again(folder: Path, **options: object) -> object:
    return cross_fit(CONFIG, folder / "runs", folder / "store", FOLDS, overrides=OVERRIDES, **options)  # type: ignore


def opened(archive: Path, **options: object) -> Teacher:
    teacher = Teacher(ArchivedModel(str(archive)), **options)  # type: ignore
    teacher.open(torch.device("cpu"))
    return teacher


def halves() -> List[List[Tuple[str, ...]]]:
    sentences = [tuple(line.text.split()[0] for line in paragraph) for paragraph in paragraphs(LABELLED)]
    middle = len(sentences) // 2
    return [sentences[:middle], sentences[middle:]]


def shards(folder: Path) -> Dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (folder / "store").iterdir()}


def test_each_sentence_has_the_potentials_of_the_teacher_that_has_not_seen_it(made: Path) -> None:
    teacher = opened(made / "runs/all/model.tar.gz", store=str(made / "store"))
    for number, sentences in enumerate(halves(), start=1):
        of_fold = opened(made / f"runs/fold-{number}/model.tar.gz")
        for words in sentences:
            theirs, ours = of_fold([words]), teacher([words])
            assert ours.labels == theirs.labels
            torch.testing.assert_close(ours.log_partition, theirs.log_partition)
    assert teacher._loaded is None, "nothing was read by the teacher itself"


def test_the_teachers_of_the_folds_were_trained_on_the_rest(made: Path) -> None:
    for number, sentences in enumerate(halves(), start=1):
        [held_out] = (made / f"runs/data/fold-{number}/held_out").iterdir()
        [training] = (made / f"runs/data/fold-{number}/training").iterdir()
        config = json.loads((made / f"runs/fold-{number}/config.json").read_text())
        assert config["train_data_path"] == {"labelled": [str(training)]}
        assert [len(paragraph) for paragraph in paragraphs(str(held_out))] == [len(words) for words in sentences]


def test_what_is_finished_is_kept(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shards(copied)
    shutil.rmtree(copied / "store")
    monkeypatch.setattr(allennlp_train, "train_model", lambda *args, **kwargs: pytest.fail("all are trained"))
    again(copied)
    assert shards(copied) == before
    again(copied, teacher=copied / "runs/all/model.tar.gz")
    assert shards(copied) == before


def test_after_an_interruption_it_goes_on_where_it_was(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = []

    def train_until_interrupted(params: object, run: str, recover: bool) -> None:
        trained.append(Path(run).name)
        if trained == ["all", "fold-1"]:
            raise KeyboardInterrupt
        train_model(params, run, recover=recover)  # type: ignore

    monkeypatch.setattr(allennlp_train, "train_model", train_until_interrupted)
    with pytest.raises(KeyboardInterrupt):
        again(tmp_path)
    with pytest.raises(ConfigurationError, match="which has not finished.*Run that command again"):
        opened(tmp_path / "runs/all/model.tar.gz", store=str(tmp_path / "store"))
    again(tmp_path)
    opened(tmp_path / "runs/all/model.tar.gz", store=str(tmp_path / "store"))
    assert trained == ["all", "fold-1", "fold-1", "fold-2"]
    assert len(shards(tmp_path)) == len(shards(made))


def test_labelled_files_may_be_called_txt(copied: Path) -> None:
    expected = shards(copied)
    shutil.rmtree(copied / "store")
    shutil.rmtree(copied / "runs/data")
    shutil.copy(LABELLED, copied / "train.txt")
    overrides = json.loads(OVERRIDES) | {"train_data_path.labelled": str(copied / "train.txt")}
    made = cross_fit(
        CONFIG,
        copied / "runs",
        copied / "store",
        FOLDS,
        copied / "runs/all/model.tar.gz",
        json.dumps(overrides),
    )
    assert made.sentences == len(set(sum(halves(), [])))
    assert shards(copied) == expected


def test_the_teacher_may_be_the_folder_of_its_run(made: Path, tmp_path: Path) -> None:
    cross_fit(CONFIG, tmp_path / "runs", tmp_path / "store", FOLDS, made / "runs/all", OVERRIDES)
    teacher = opened(made / "runs/all", store=str(tmp_path / "store"))
    teacher(sum(halves(), []))
    assert teacher._loaded is None, "nothing was read by the teacher itself"


def test_the_archive_of_an_interrupted_training_is_no_teacher(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = copied / "runs/fold-1"
    # As Ctrl-C leaves it after an epoch.
    (run / "metrics.json").unlink()
    found = []

    def train(params: object, run: str, recover: bool) -> None:
        found.append((Path(run).name, recover, (Path(run) / "model.tar.gz").exists()))
        raise KeyboardInterrupt

    monkeypatch.setattr(allennlp_train, "train_model", train)
    with pytest.raises(KeyboardInterrupt):
        again(copied)
    assert found == [("fold-1", True, False)]


@pytest.mark.parametrize("teacher, run", [(None, "all"), ("runs/all/model.tar.gz", "fold-1")])
def test_models_of_another_config_are_refused(copied: Path, teacher: Optional[str], run: str) -> None:
    overrides = json.dumps({**json.loads(OVERRIDES), "trainer.num_epochs": 2})
    archive = None if teacher is None else copied / teacher
    message = f"The model in .*{run} was trained with another config, which differs in: trainer"
    with pytest.raises(ConfigurationError, match=message):
        cross_fit(CONFIG, copied / "runs", copied / "store", FOLDS, archive, overrides)


def test_a_store_that_the_teacher_has_filled_is_refused_before_more_is_trained(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(copied / "store")
    shutil.rmtree(copied / "runs/fold-1")
    monkeypatch.setattr(allennlp_train, "train_model", lambda *args, **kwargs: pytest.fail("nothing is trained"))
    opened(copied / "runs/all/model.tar.gz", store=str(copied / "store")).study(lambda: halves()[0])
    with pytest.raises(
        ConfigurationError, match="store has .* sentences that other teachers .*Name another folder as -"
    ):
        again(copied)


def test_a_store_of_another_teacher_is_refused_before_anything_is_trained(copied: Path) -> None:
    shutil.rmtree(copied / "runs/all")
    with pytest.raises(ConfigurationError, match="store is there already, but the teacher is not trained yet"):
        again(copied)


@pytest.mark.parametrize("trained", [(), ("all",)])
def test_a_store_that_cannot_be_written_is_refused_before_anything_is_trained(
    made: Path, tmp_path: Path, trained: Tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for run in trained:
        shutil.copytree(made / "runs" / run, tmp_path / "runs" / run)
    (tmp_path / "file").touch()
    monkeypatch.setattr(allennlp_train, "train_model", lambda *args, **kwargs: pytest.fail("nothing is trained"))
    with pytest.raises(ConfigurationError, match="store cannot be written"):
        cross_fit(CONFIG, tmp_path / "runs", tmp_path / "file/store", FOLDS, overrides=OVERRIDES)


def test_other_labelled_data_are_refused(copied: Path) -> None:
    overrides = json.dumps({"train_data_path.labelled": "fixtures/ner_dev.conll"})
    with pytest.raises(ConfigurationError, match="the models that were trained on it"):
        cross_fit(CONFIG, copied / "runs", copied / "store", FOLDS, overrides=overrides)


def test_a_config_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="There is no config .*no.jsonnet. Name the jsonnet file"):
        cross_fit(tmp_path / "no.jsonnet", tmp_path / "runs", tmp_path / "store")
