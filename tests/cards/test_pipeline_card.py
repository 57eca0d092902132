"""The card of a pipeline has those of its models in it, with what users have written there."""

from pathlib import Path
from typing import Any, Dict

import pytest
from huggingface_hub import ModelCard

from skd_plugin.cards import ComponentCard, archive_card, card_of_meta, licence_in_cards, pipeline_card, provenance
from tests.cards.runs import write_recorded_run

META: Dict[str, Any] = {
    "lang": "nl",
    "description": "Finds something.",
    "requirements": ["skd_plugin>=1", "allennlp==2.10.1"],
    "spacy_version": ">=3.8",
    "license": "",
    "author": "",
    "pipeline": ["skd_ner"],
}


@pytest.fixture
def model(tmp_path: Path) -> ComponentCard:
    known = provenance(write_recorded_run(tmp_path / "run"))
    return ComponentCard("skd_ner", known, archive_card(known, "student"))


def edited(model: ComponentCard, *changes: tuple) -> ComponentCard:
    card = model.card
    for before, after in changes:
        assert before in card
        card = card.replace(before, after)
    return model._replace(card=card)


def test_of_one_model(model: ComponentCard):
    card = pipeline_card(META, [model], "my_pipeline")
    assert card == pipeline_card(META, [model], "my_pipeline")
    data, text = ModelCard(card).data, ModelCard(card).text
    assert data.language == ["nl"] and data.library_name == "spacy" and data.license == "unknown"
    assert data.tags[0] == "spacy" and "named-entity-recognition" in data.tags
    assert [one.metric_value for one in data.eval_results] == [0.6, 0.75, 0.5] and data.model_name == "my_pipeline"
    assert 'spacy.load("my_pipeline")' in text and "It needs skd_plugin>=1, allennlp==2.10.1 and spaCy >=3.8." in text
    headings = [line for line in text.split("\n") if line.startswith("#")]
    assert headings[0] == "# my_pipeline" and len(headings) == len(set(headings)), "each heading is there once"
    assert "## Data" in headings and "## Licence" in headings and "model.tar.gz" not in text


def test_what_the_user_wrote_stays(model: ComponentCard):
    mine = edited(
        model,
        ("license: unknown", "license: CC-BY-4.0\ndatasets:\n- my/corpus"),
        ("**To be filled in** by whoever", "Ask Anna or whoever"),
        ("origin of the data: **to be filled in**", "origin of the data: letters"),
    )
    assert licence_in_cards([mine]) == "cc-by-4.0"
    card = ModelCard(pipeline_card({**META, "license": "cc-by-4.0"}, [mine], "pipeline"))
    assert card.data.license == "cc-by-4.0" and card.data.datasets == ["my/corpus"]
    assert "Ask Anna or whoever hands" in card.text and "origin of the data: letters" in card.text


def test_of_several_models(model: ComponentCard):
    parser = edited(model, ("`PER`", "`nsubj`"), ("named-entity-recognition", "dependency-parsing"))
    cards = [parser._replace(component="skd_parser"), model]
    card = ModelCard(pipeline_card({**META, "lang": "xx", "author": "Anna"}, cards, "pipeline"))
    assert card.data.language is None and {"named-entity-recognition", "dependency-parsing"} < set(card.data.tags)
    groups = card.data.to_dict()["model-index"][0]["results"]
    assert [len(group["metrics"]) for group in groups] == [3, 3] and "Made by Anna." in card.text
    one, other = card.text.split("## `skd_parser`")[1].split("## `skd_ner`")
    assert "### Labels\n\n`nsubj`, `LOC`" in one and "### Labels\n\n`PER`, `LOC`" in other
    assert "\n## " not in one + other


def test_licences_that_differ_are_nobodys(model: ComponentCard):
    assert licence_in_cards([model]) == ""
    some = [
        edited(model, ("license: unknown", f"license: {name}"))._replace(component=f"skd_ner_{name}")
        for name in ("mit", "MIT", "gpl-3.0")
    ]
    assert licence_in_cards(some[:2]) == "mit" and licence_in_cards(some) == ""


def test_of_a_pipeline_that_has_none():
    card = ModelCard(card_of_meta({**META, "license": "MIT"}, "# Title\n"))
    assert card.data.to_dict() == {
        "language": ["nl"],
        "license": "mit",
        "library_name": "spacy",
        "pipeline_tag": "token-classification",
        "tags": ["spacy", "skd_plugin"],
    }
    assert card.text == "\n# Title\n"
