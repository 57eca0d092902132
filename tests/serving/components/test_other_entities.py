"""`skd_ner` keeps entities, blocked tokens and groups of spans that other components have set."""

from pathlib import Path
from typing import Any, List, Tuple

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from tests.serving import are_alike, choices, pipeline, probabilities

pytestmark = pytest.mark.slow

WORDS = "Anna Berg moved to Oslo last year .".split()
OVERLAPPING = {"label": "CITIZEN", "pattern": "Berg", "id": "berg-1"}
OTHER = {"label": "DATE", "pattern": "last year", "id": "date-1"}


@pytest.fixture(scope="module")
def nlp(ner_archive: Path) -> Language:
    return pipeline(skd_ner=ner_archive)


def entities(doc: Doc) -> List[Tuple[str, str]]:
    return [(entity.text, entity.label_) for entity in doc.ents]


def group_of(doc: Doc, key: str = "skd") -> List[Tuple[str, str]]:
    return [(span.text, span.label_) for span in doc.spans[key]]


def with_rules(archive: Path, **options: Any) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([OVERLAPPING, OTHER])
    nlp.add_pipe("skd_ner", config={"archive": str(archive), **options})
    return nlp


def test_entities_of_rules_stay_and_those_that_overlap_them_are_in_the_group_alone(ner_archive: Path):
    nlp = with_rules(ner_archive)
    doc = nlp(" ".join(WORDS))
    assert entities(doc) == [("Berg", "CITIZEN"), ("Oslo", "LOC"), ("last year", "DATE")]
    assert [entity.id_ for entity in doc.ents] == ["berg-1", "", "date-1"]
    assert group_of(doc) == [("Anna Berg", "PER"), ("Oslo", "LOC")] and len(doc.spans["skd"].attrs["scores"]) == 2


def test_linked_entities_keep_their_links(nlp: Language):
    doc = Doc(nlp.vocab, words=WORDS)
    doc.set_ents([Span(doc, 1, 2, label="CITIZEN", kb_id="Q1", span_id="berg-1")], default="missing")
    assert [(e.text, e.label_, e.kb_id_, e.id_) for e in nlp(doc).ents] == [
        ("Berg", "CITIZEN", "Q1", "berg-1"),
        ("Oslo", "LOC", "", ""),
    ]
    assert [token.ent_iob_ for token in doc] == ["O", "B", "O", "O", "B", "O", "O", "O"]


def test_blocked_tokens_stay_blocked(nlp: Language):
    doc = Doc(nlp.vocab, words=WORDS)
    doc.set_ents([], blocked=[doc[4:5]], default="missing")
    assert entities(nlp(doc)) == [("Anna Berg", "PER")]
    assert (doc[4].ent_iob_, doc[4].ent_type_) == ("B", "") and doc[2].ent_iob_ == "O"
    assert group_of(doc) == [("Anna Berg", "PER"), ("Oslo", "LOC")]


def test_overwrite_replaces_entities_and_the_group(ner_archive: Path):
    nlp = with_rules(ner_archive, overwrite=True)
    doc = Doc(nlp.vocab, words=WORDS)
    doc.spans["skd"] = [doc[0:1]]
    assert entities(nlp(doc)) == group_of(doc) == [("Anna Berg", "PER"), ("Oslo", "LOC")]


def test_a_group_of_somebody_else_is_not_replaced(nlp: Language, ner_archive: Path):
    doc = Doc(nlp.vocab, words=WORDS)
    doc.spans["skd"] = [doc[0:1]]
    with pytest.raises(ValueError, match=r"doc.spans\['skd'\] was set before skd_ner ran. Give .* another `spans_key`"):
        nlp(doc)
    assert group_of(doc) == [("Anna", "")] and not doc.ents, "nothing was written"
    other = spacy.blank("en")
    other.add_pipe("skd_ner", config={"archive": str(ner_archive), "spans_key": "mine"})
    assert group_of(other(doc), "mine") == [("Anna Berg", "PER"), ("Oslo", "LOC")] and group_of(doc) == [("Anna", "")]


def test_a_doc_may_go_through_twice(nlp: Language):
    once, twice = (nlp(Doc(nlp.vocab, words=WORDS)) for _ in range(2))
    assert choices(nlp(twice)) == choices(once)
    saved = Doc(nlp.vocab).from_bytes(twice.to_bytes())
    assert choices(nlp(saved)) == choices(once)
    assert are_alike(probabilities(saved), probabilities(once))


def test_two_models_in_one_pipeline(ner_archive: Path, span_archive: Path):
    nlp = spacy.blank("en")
    nlp.add_pipe("skd_ner", config={"archive": str(ner_archive)})
    nlp.add_pipe("skd_ner", name="second", config={"archive": str(span_archive), "spans_key": "second"})
    [doc] = nlp.pipe([Doc(nlp.vocab, words=WORDS)])
    assert entities(doc) == group_of(doc) == group_of(doc, "second") == [("Anna Berg", "PER"), ("Oslo", "LOC")]
    alone = [pipeline(skd_ner=archive)(Doc(nlp.vocab, words=WORDS)) for archive in (ner_archive, span_archive)]
    scores = [doc.spans[key].attrs["scores"] for key in ("skd", "second")]
    assert scores == [pytest.approx(one.spans["skd"].attrs["scores"], rel=1e-5) for one in alone]


def test_two_models_with_one_key(ner_archive: Path, span_archive: Path):
    nlp = spacy.blank("en")
    nlp.add_pipe("skd_ner", config={"archive": str(ner_archive)})
    nlp.add_pipe("skd_ner", name="second", config={"archive": str(span_archive)})
    with pytest.raises(ValueError, match="was set before second"):
        nlp(Doc(nlp.vocab, words=WORDS))
