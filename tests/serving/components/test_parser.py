"""What `skd_parser` writes: the trees of the model's own predictor, on the sentences that earlier components set."""

import logging
from pathlib import Path
from typing import Any, Iterable, List, Tuple

import numpy as np
import pytest
import spacy
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.predictors import Predictor
from spacy.language import Language
from spacy.tokens import Doc, Token
from spacy.training import Example

from skd_plugin.serving.docs.tree_writing import Parse
from skd_plugin.serving.model import sentence_splitting
from skd_plugin.structures import Tree
from tests.serving import TEXTS, pipeline, unit

pytestmark = pytest.mark.slow

WORDS = "Anna Berg moved to Oslo .".split()
TWO = "Anna Berg moved to Oslo. She didn't call the Red Cross."
HEADS, RELATIONS = [2, 0, 2, 4, 2, 2], "nsubj flat ROOT case obl punct".split()
KINDS = ["parser_archive", "biaffine_archive"]


@pytest.fixture(scope="module")
def nlp(parser_archive: Path) -> Language:
    return pipeline(skd_parser=parser_archive)


def without_sentences(archive: Path, **options: Any) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("skd_parser", config={"archive": str(archive), **options})
    return nlp


def tree_of(doc: Doc) -> List[Tuple[int, str]]:
    return [(token.head.i, token.dep_) for token in doc]


def assert_predicted(sentence: Iterable[Token], predictor: Predictor, **given: Any) -> None:
    """Checks that heads, and relations except at the root, are those that the predictor finds."""
    words = [token for token in sentence if not token.is_space]
    predicted = predictor.predict_json({"words": [word.text for word in words], **given})
    assert [0 if word.dep_ == "ROOT" else 1 + words.index(word.head) for word in words] == predicted["heads"]
    others = [(word, relation) for word, relation in zip(words, predicted["relations"]) if word.dep_ != "ROOT"]
    assert [word.dep_ for word, _ in others] == ["dep" if relation == "root" else relation for _, relation in others]


@pytest.mark.parametrize("kind", KINDS)
def test_heads_and_relations_are_the_predictors(request: pytest.FixtureRequest, kind: str):
    archive = request.getfixturevalue(kind)
    predictor = Predictor.from_path(archive)
    sentences = [sentence for doc in pipeline(skd_parser=archive).pipe(TEXTS) for sentence in doc.sents]
    assert len(sentences) > 10
    for sentence in sentences:
        if sentence.text.strip():
            assert_predicted(sentence, predictor)


@pytest.mark.parametrize("kind", KINDS)
def test_probabilities_are_those_of_the_arcs_with_their_relations(request: pytest.FixtureRequest, kind: str):
    nlp = pipeline(skd_parser=request.getfixturevalue(kind))
    doc = nlp(Doc(nlp.vocab, words=WORDS))
    student = nlp.get_pipe("skd_parser").student
    [found] = student([unit(WORDS)], lambda _, found: [found])
    heads = [0 if token.head == token else 1 + token.head.i for token in doc]
    relations = [found.labels.index("root" if token.dep_ == "ROOT" else token.dep_) for token in doc]
    expected = found.arc_probabilities(Tree(torch.tensor([heads]), torch.tensor([relations])))
    numbers = [token._.skd_arc_probability for token in doc]
    assert numbers == pytest.approx(expected[0].tolist(), rel=1e-5)
    assert min(numbers) > 0.5, "it has learned this sentence"


def test_only_roots_have_the_relation_of_roots(nlp: Language):
    component, doc = nlp.get_pipe("skd_parser"), Doc(nlp.vocab, words=["Anna", "moved"])
    root, other = (component.labels.index(label) for label in ("ROOT", "nsubj"))
    component.write(doc, *component.units([doc]), [Parse(np.array([2, 0]), np.array([root, other]), [0.5, 0.25])])
    assert tree_of(doc) == [(1, "dep"), (1, "ROOT")]
    assert "root" not in component.labels


def test_sentences_stay_those_of_the_sentencizer(nlp: Language):
    boundaries = spacy.blank("en")
    boundaries.add_pipe("sentencizer")
    for doc in nlp.pipe(TEXTS):
        assert [sent.text for sent in doc.sents] == [sent.text for sent in boundaries(doc.text).sents]
        assert all(token.head in token.sent for token in doc)


def test_without_sentences_the_doc_is_one_tree(parser_archive: Path):
    doc = without_sentences(parser_archive)(TWO)
    assert len(list(doc.sents)) == 1
    assert [token.i for token in doc if token.dep_ == "ROOT"] == [doc[:].root.i]


def test_entities_stay_when_they_were_there_before(ner_archive: Path, parser_archive: Path):
    alone = pipeline(skd_ner=ner_archive)(TWO)
    both = pipeline(skd_ner=ner_archive, skd_parser=parser_archive)(TWO)
    assert [(e.start, e.end, e.label_) for e in both.ents] == [(e.start, e.end, e.label_) for e in alone.ents]
    assert both.ents and both.has_annotation("DEP")


def test_entities_are_found_in_the_sentences_of_the_parse(
    ner_archive: Path, parser_archive: Path, monkeypatch: pytest.MonkeyPatch
):
    # Whatever the words' own choices: those of the chosen trees, with a second root.
    monkeypatch.setattr(sentence_splitting, "local_heads", lambda _: [np.array([2, 0, 2, 2, 2, 2, 0, *[7] * 7])])
    nlp = without_sentences(parser_archive, split_at_roots=True)
    nlp.add_pipe("skd_ner", config={"archive": str(ner_archive)})
    doc = nlp(TWO)
    assert [sentence.start for sentence in doc.sents] == [0, 6]
    bounded = Doc(nlp.vocab, words=[t.text for t in doc], sent_starts=[t.is_sent_start for t in doc])
    expected = nlp.get_pipe("skd_ner")(bounded)
    assert [(e.start, e.end, e.label_) for e in doc.ents] == [(e.start, e.end, e.label_) for e in expected.ents]
    assert doc.spans["skd"].attrs["scores"] == pytest.approx(expected.spans["skd"].attrs["scores"], rel=1e-5)


def parsed(nlp: Language) -> Doc:
    return Doc(nlp.vocab, words=["Anna", "moved"], heads=[0, 0], deps=["ROOT", "flat"])


def test_a_parse_that_is_there_stays_and_that_is_said_once(parser_archive: Path, caplog: pytest.LogCaptureFixture):
    nlp = without_sentences(parser_archive)
    with caplog.at_level(logging.WARNING, "skd_plugin"):
        docs = list(nlp.pipe(parsed(nlp) for _ in range(3)))
        docs += [nlp(parsed(nlp)), nlp("")]
    assert [tree_of(doc) for doc in docs] == [[(0, "ROOT"), (0, "flat")]] * 4 + [[]]
    assert all(token._.skd_arc_probability is None for doc in docs for token in doc)
    [record] = [record for record in caplog.records if record.name.startswith("skd_plugin")]
    assert (
        record.getMessage()
        == "skd_parser does not change docs that have a parse already. Set `overwrite` to replace it."
    )


def test_overwrite_replaces_a_parse_within_its_sentences(parser_archive: Path):
    nlp = without_sentences(parser_archive, overwrite=True)
    doc = nlp(Doc(nlp.vocab, words=WORDS, heads=[0] * 6, deps=["ROOT", *["flat"] * 5]))
    assert tree_of(doc) == list(zip(HEADS, RELATIONS))
    assert all(token._.skd_arc_probability for token in doc)
    split = Doc(nlp.vocab, words=["Anna", "moved"], heads=[0, 1], deps=["ROOT", "ROOT"])
    assert tree_of(nlp(split)) == [(0, "ROOT"), (1, "ROOT")]


def test_parts_of_speech_come_from_an_earlier_component(upos_archive: Path, pos_parser_archive: Path):
    nlp = spacy.blank("en")
    nlp.add_pipe("skd_tagger", config={"archive": str(upos_archive), "attribute": "pos"})
    nlp.add_pipe("skd_parser", config={"archive": str(pos_parser_archive)})
    doc = nlp("Anna Berg moved  to Oslo.")
    upos = [token.pos_ for token in doc if not token.is_space]
    assert "PROPN" in upos and "" not in upos
    assert_predicted(doc, Predictor.from_path(pos_parser_archive), upos=upos)


NO_UPOS = "needs a universal part-of-speech tag on every word.*skd_parser takes such tags from token.pos.*'skd_tagger'"


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("tags", [None, ["PROPN", ""]])
def test_without_parts_of_speech_it_says_where_they_come_from(pos_parser_archive: Path, tags: Any, split: bool):
    nlp = without_sentences(pos_parser_archive, split_at_roots=split)
    with pytest.raises(ConfigurationError, match=NO_UPOS):
        nlp(Doc(nlp.vocab, words=["Anna", "moved"], pos=tags))


def test_score(nlp: Language):
    gold = Doc(nlp.vocab, words=WORDS, heads=HEADS, deps=RELATIONS)
    scores = nlp.evaluate([Example(Doc(nlp.vocab, words=WORDS), gold)])
    assert scores["dep_uas"] == scores["dep_las"] == scores["sents_f"] == 1.0
