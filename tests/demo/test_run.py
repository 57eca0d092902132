"""The demo in small, from the corpus to the table and the picture."""

import json

import pytest

from demo import run

SIZES = {"test": 4, "dev": 4, "labelled": 12, "unlabelled": 20}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a finished demo."""
    with pytest.MonkeyPatch.context() as patch:
        directory = tmp_path_factory.mktemp("demo")
        patch.chdir(directory)
        run.run(seed=1, sizes=SIZES)
    return directory


@pytest.fixture(autouse=True)
def _in_its_folder(finished, monkeypatch):
    monkeypatch.chdir(finished)


def test_it_leaves_models_curves_and_a_picture():
    for name in ("teacher", "student", "distilled"):
        curve = json.loads((run.DIRECTORY / name / "curve.json").read_text())
        assert len(curve) > 1 and curve[0]["updates"] < curve[-1]["updates"]
    assert run.PICTURE.is_file() and run.LOG.is_file()


def test_only_the_distilled_student_was_taught():
    metrics = {
        name: json.loads((run.DIRECTORY / name / "metrics.json").read_text()) for name in ("student", "distilled")
    }
    assert "training_kd_kl" in metrics["distilled"] and "training_kd_kl" not in metrics["student"]


def test_measurements_are_of_the_trained_models():
    teacher, student, distilled = run.measure_all()
    assert [m.title for m in (teacher, student, distilled)] == [
        "teacher",
        "student alone",
        "distilled student",
    ]
    assert teacher.parameters > distilled.parameters > student.parameters
    assert all(0 <= m.f1 <= 1 and m.words_per_second > 0 for m in (teacher, student, distilled))


def test_a_second_demo_starts_afresh_and_spares_what_is_not_its_own(capsys):
    own = run.DIRECTORY / "notes.txt"
    own.write_text("mine")
    run.start_afresh()
    assert "Removing the earlier run" in capsys.readouterr().out
    assert list(run.DIRECTORY.iterdir()) == [own]
