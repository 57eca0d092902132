"""`skd_tagger` writes the labels that the model's own predictor finds, to the attribute that is configured."""

from pathlib import Path
from typing import Any, Dict, List

import pytest
import spacy
import torch
from allennlp.predictors import Predictor
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from tests.serving import TEXTS, are_alike, unit

pytestmark = pytest.mark.slow

WORDS = "Anna Berg moved to Oslo .".split()
GOLD = "PROPN PROPN VERB ADP PROPN PUNCT".split()
SET_BEFORE = ["X", "PROPN", "", "", "", ""]


def tagging(archive: Path, **options: Any) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("skd_tagger", config={"archive": str(archive), **options})
    return nlp


@pytest.fixture(scope="module", params=["tag", "pos"])
def attribute(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def nlp(upos_archive: Path, attribute: str) -> Language:
    return tagging(upos_archive, attribute=attribute)


def tags(doc: Doc, attribute: str) -> List[str]:
    return [getattr(token, f"{attribute}_") for token in doc]


def probabilities(doc: Doc) -> List[Any]:
    return [token._.skd_tag_probability for token in doc]


def test_tags_are_the_predictors(nlp: Language, attribute: str, upos_archive: Path):
    predictor = Predictor.from_path(upos_archive)
    other = {"tag": "pos", "pos": "tag"}[attribute]
    for doc in nlp.pipe(TEXTS):
        for sentence in doc.sents if len(doc) else []:
            words = [token for token in sentence if not token.is_space]
            if words:
                expected = predictor.predict_words([word.text for word in words])["tags"]
                assert [getattr(word, f"{attribute}_") for word in words] == expected
        assert not any(tags(doc, other)) and not any(getattr(t, f"{attribute}_") for t in doc if t.is_space)


def test_probabilities_are_those_of_the_tags(nlp: Language, attribute: str):
    doc = nlp(Doc(nlp.vocab, words=[*WORDS, "\n"]))
    student = nlp.get_pipe("skd_tagger").student
    [found] = student([unit(WORDS)], lambda _, found: [found])
    ids = [found.labels.index(tag) for tag in tags(doc, attribute)[:-1]]
    expected = found.tag_probabilities(torch.tensor([ids]))[0].tolist()
    assert are_alike(probabilities(doc), [*expected, None])
    assert tags(doc, attribute)[:-1] == GOLD and min(expected) > 0.5, "it has learned this sentence"


def set_before(nlp: Language, attribute: str) -> Doc:
    given: Dict[str, Any] = {"tags" if attribute == "tag" else "pos": SET_BEFORE}
    return Doc(nlp.vocab, words=WORDS, **given)


def test_tags_that_others_set_stay(nlp: Language, attribute: str):
    doc, alone = nlp(set_before(nlp, attribute)), nlp(Doc(nlp.vocab, words=WORDS))
    assert tags(doc, attribute) == ["X", *tags(alone, attribute)[1:]]
    # That X has none is better than the probability of PROPN.
    assert are_alike(probabilities(doc), [None, *probabilities(alone)[1:]])


def test_overwrite_replaces_them(upos_archive: Path, attribute: str):
    nlp = tagging(upos_archive, attribute=attribute, overwrite=True)
    doc = nlp(set_before(nlp, attribute))
    assert tags(doc, attribute) == GOLD and None not in probabilities(doc)


def test_a_doc_may_go_through_twice(nlp: Language, attribute: str):
    once, twice = (nlp(Doc(nlp.vocab, words=WORDS)) for _ in range(2))
    twice = nlp(twice)
    assert tags(twice, attribute) == tags(once, attribute)
    assert are_alike(probabilities(twice), probabilities(once))


def test_what_else_is_on_the_doc_stays(nlp: Language):
    morphs, entities = ["Number=Sing"] * 6, ["B-PER", "I-PER", *"OOOO"]
    doc = nlp(Doc(nlp.vocab, words=WORDS, lemmas=WORDS, morphs=morphs, ents=entities))
    assert [str(token.morph) for token in doc] == morphs and [token.lemma_ for token in doc] == WORDS
    assert [entity.text for entity in doc.ents] == ["Anna Berg"]


def test_score_is_that_of_the_attribute(nlp: Language, attribute: str):
    given: Dict[str, Any] = {"tags" if attribute == "tag" else "pos": [*GOLD[:-1], "X"]}
    gold = Doc(nlp.vocab, words=WORDS, **given)
    scores = nlp.evaluate([Example(Doc(nlp.vocab, words=WORDS), gold)])
    assert scores[f"{attribute}_acc"] == pytest.approx(5 / 6)
    assert {"tag": "pos_acc", "pos": "tag_acc"}[attribute] not in scores


def test_another_attribute():
    with pytest.raises(ValueError, match="`attribute` is 'lemma', expected one of 'tag', 'pos'"):
        spacy.blank("en").add_pipe("skd_tagger", config={"attribute": "lemma"})
