"""The meta.json of an exported pipeline has what is known of its models, under spaCy's names, and nothing private."""

from pathlib import Path
from typing import Dict

import pytest
import spacy
from spacy.cli.package import generate_readme
from spacy.schemas import ModelMetaSchema, validate

from skd_plugin.serving.meta import add_meta
from tests.cards.runs import DISTILLER, RECORDED, write_run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "secret" / "run")


def test_meta_json(run: Path, tmp_path: Path):
    nlp = spacy.blank("en")
    nlp.add_pipe("skd_ner")
    add_meta(nlp, {"skd_ner": run / "model.tar.gz"})
    meta = nlp.meta
    assert meta["performance"] == {
        "ents_p": 0.75,
        "ents_r": 0.5,
        "ents_f": 0.6,
        "ents_per_type": {"PER": {"p": 1.0, "r": 0.25, "f": 0.4}},
    }
    assert meta["sources"] == [
        {"name": "a.conll", "description": "training data of skd_ner, validation data of skd_ner"},
        {"name": "b.conll", "description": "training data of skd_ner"},
        {"name": "more.txt", "description": "training data of skd_ner"},
        {"name": "large", "description": "teacher of skd_ner", "fingerprint": "abc"},
        {"name": "other.tar.gz", "description": "teacher of skd_ner", "fingerprint": "def"},
    ]
    settings = {name: DISTILLER[name] for name in ("objective", "interpolation", "temperature")}
    assert meta["skd_plugin"]["components"]["skd_ner"]["distillation"] == {"teachers": RECORDED, **settings}
    assert {"allennlp", "torch"} <= set(meta["skd_plugin"]["versions"])
    assert "transformers" not in meta["skd_plugin"]["versions"]
    assert meta["license"] == "" and "distillation" in meta["description"]
    assert not validate(ModelMetaSchema, meta)
    assert "large" in generate_readme(meta) and "`ENTS_F` | 60.00" in generate_readme(meta)
    nlp.to_disk(tmp_path / "once")
    spacy.load(tmp_path / "once").to_disk(tmp_path / "twice")
    written = [(tmp_path / name / "meta.json").read_text() for name in ("once", "twice")]
    assert written[0] == written[1]
    assert "anna" not in written[0] and "secret" not in written[0]


@pytest.mark.parametrize(
    ("factory", "options", "scores"),
    [
        ("skd_parser", {}, {"dep_uas": 0.9, "dep_las": 0.85}),
        ("skd_tagger", {}, {"tag_acc": 0.95}),
        ("skd_tagger", {"attribute": "pos"}, {"pos_acc": 0.95}),
    ],
)
def test_scores_of_other_components(run: Path, factory: str, options: Dict[str, str], scores: Dict[str, float]):
    nlp = spacy.blank("en")
    nlp.add_pipe(factory, config=options)
    add_meta(nlp, {factory: run / "model.tar.gz"})
    assert nlp.meta["performance"] == scores
