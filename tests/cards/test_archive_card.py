"""The card of a model says what is known of it, can be read by `huggingface_hub`, and follows changes of the model."""

import inspect
import tarfile
from pathlib import Path

import pytest
from allennlp.common import Params
from huggingface_hub import ModelCard

from skd_plugin.archives import read_notes, with_model_options
from skd_plugin.cards import Facts, Provenance, archive_card, card_with_options, provenance
from skd_plugin.cards.archive_card import DISTILLER_DEFAULTS
from skd_plugin.cards.facts import TREES
from skd_plugin.distillation import Distiller
from skd_plugin.distillation.objectives import Structural
from skd_plugin.distillation.schedule import Schedule
from tests.cards.runs import CONFIG, write_archive, write_recorded_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_recorded_run(tmp_path / "secret" / "run")


@pytest.fixture
def archive(run: Path) -> Path:
    """With a card, in which the user has written."""
    card = archive_card(provenance(run), "run").replace("license: unknown", "license: cc-by-4.0\nmine: yes, mine")
    (run / "README.md").write_text(card.replace("**To be filled in** by", "Ours, not"), encoding="utf-8")
    write_archive(run, CONFIG, "README.md", "training.json", "metrics.json")
    return run / "model.tar.gz"


def test_what_it_says(run: Path):
    card = archive_card(provenance(run), "my student")
    assert card == archive_card(provenance(run), "my student"), "the same model has the same card"
    expected = [
        "# my student",
        "`skd_crf_tagger` that finds entities, taught by `large` and `other.tar.gz`",
        "`PER`, `LOC`",
        "| training | `a.conll`, `b.conll`, `more.txt` | 3,057 with labels, 9,430 without |",
        "| validation | `a.conll` | 2,001 |",
        "- teacher: `large`, fingerprint `abc`",
        '- objective: `{"type": "top_k", "k": 5}`',
        "- λ: `0.5`",
        '- T: `{"type": "linear", "start": 4, "end": 1}`',
        "- label policy: `error` (the default)",
        "- steps: 3,000",
        "| F1 | 60.0 |",
        "| F1 of PER | 40.0 |",
        "The epoch with the best `-loss` on the validation data was kept (epoch 4)",
        "1,234,567 parameters, 4.94 MB",
        "Entities are flat",
        "**To be filled in** by whoever hands the model on",
        "10.18653/v1/2021.acl-long.46",
    ]
    assert not [text for text in expected if text not in card]
    assert "anna" not in card and "secret" not in card


def test_its_metadata(run: Path, tmp_path: Path):
    (tmp_path / "README.md").write_text(archive_card(provenance(run), "student"), encoding="utf-8")
    data = ModelCard.load(tmp_path / "README.md").data
    assert {"named-entity-recognition", "knowledge-distillation"} < set(data.tags) and data.license == "unknown"
    assert [(one.metric_name, one.metric_value, one.dataset_name) for one in data.eval_results] == [
        ("F1", 0.6, "a.conll"),
        ("precision", 0.75, "a.conll"),
        ("recall", 0.5, "a.conll"),
    ]
    assert data.to_dict()["model-index"][0]["name"] == "student"


def test_of_a_model_of_which_nothing_is_known():
    card = archive_card(Provenance("mine", [], {}, [], {}, {}, None), "model")
    assert "The scores of the training are not known" in card and "| not known | | |" in card
    assert ModelCard(card).data.eval_results is None


def test_scores_of_teachers_and_of_a_test():
    metrics = {"best_validation_LAS": 0.8, "teacher_1_validation_LAS": 0.9, "test_LAS": 0.75, "test_loss": 3}
    data = {"validation": ["dev|1.conllu"], "test": ["test.conllu"]}
    known = Provenance("mine", [], data, [{"name": "large"}], {}, metrics, None, facts=Facts(kind=TREES))
    card = archive_card(known, "model")
    assert "| measure | validation | its teacher `large` | test |" in card and "| LAS | 80.0 | 90.0 | 75.0 |" in card
    assert "`dev\\|1.conllu`" in card and "on the validation data was kept" in card
    alone = archive_card(known._replace(data={"test": ["test.conllu"]}, metrics={"test_LAS": 0.75}), "model")
    assert "no validation data, so the last epoch was kept" in alone
    assert [(one.dataset_split, one.metric_value) for one in ModelCard(card).data.eval_results] == [
        ("validation", 0.8),
        ("test", 0.75),
    ]


def test_the_distillers_defaults_are_those_of_the_distiller():
    defaults = {name: one.default for name, one in inspect.signature(Distiller).parameters.items()}
    assert isinstance(defaults["objective"], Structural) and DISTILLER_DEFAULTS["objective"] == "structural"
    assert DISTILLER_DEFAULTS["label_policy"] == defaults["label_policy"]
    for name in ("interpolation", "temperature"):
        named = Schedule.from_params(Params({name: DISTILLER_DEFAULTS[name]}).pop(name))
        assert type(named) is type(defaults[name]) and vars(named) == vars(defaults[name])


@pytest.mark.parametrize(
    ("options", "expected", "missing"),
    [
        ({"temperature": 1.5}, "divided by the temperature 1.5, fitted after the training", "before"),
        ({"decoding": {"type": "expected_f1", "f1": 0.5}}, "That was chosen after the training", "temperature 1"),
        ({"decoding": None, "temperature": None}, "The most probable structures", "after the training"),
    ],
)
def test_a_changed_option_is_noted_and_all_else_stays(archive: Path, options: dict, expected: str, missing: str):
    before = read_notes(archive)["README.md"]
    card = card_with_options(archive, options)
    assert expected in card and missing not in card
    assert "license: cc-by-4.0\nmine: yes, mine" in card and "Ours, not whoever" in card
    assert set(before.split("\n")) - set(card.split("\n")) <= {
        line for line in before.split("\n") if "probabilities" in line or "skd-report` shows" in line or "most" in line
    }
    with_model_options(archive, archive, options, card)
    assert card_with_options(archive, options) == card, "written once"


def test_a_note_without_its_section_goes_to_the_end(archive: Path, run: Path):
    (run / "README.md").write_text("# Mine\n\nText.\n", encoding="utf-8")
    write_archive(run, CONFIG, "README.md", "training.json")
    card = card_with_options(archive, {"temperature": 2})
    assert card.startswith("# Mine\n\nText.\n\n## Decoding and probabilities\n\n- The scores are divided by")


def test_an_archive_without_a_card_gets_none(run: Path):
    assert card_with_options(run / "model.tar.gz", {"temperature": 2}) is None
    with tarfile.open(run / "model.tar.gz") as files:
        assert "README.md" not in files.getnames()
