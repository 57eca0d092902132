"""`skd_ner` writes the best entities of the model, and the probability of each."""

from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest
import torch
from allennlp.predictors import Predictor
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from skd_plugin.structures import Factorization, Segments
from skd_plugin.structures.sequences import bioul
from tests.serving import TEXTS, pipeline, unit
from tests.structures.oracles.brute_force import enumerate_linear_chain

pytestmark = pytest.mark.slow

KINDS = ["ner_archive", "crf_archive", "span_archive"]
WORDS = "Anna Berg moved to Oslo last year .".split()


@pytest.fixture(scope="module", params=KINDS)
def archive(request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def nlp(archive: Path) -> Language:
    return pipeline(skd_ner=archive)


def distribution(nlp: Language, words: List[str]) -> Factorization:
    [found] = nlp.get_pipe("skd_ner").student([unit(words)], lambda _, found: [found])
    return found


def found_in(doc: Doc) -> List[Tuple[str, str]]:
    return [(entity.text, entity.label_) for entity in doc.ents]


def test_entities_are_the_predictors(nlp: Language, archive: Path):
    predictor = Predictor.from_path(archive)
    found: List[Any] = []
    for doc in nlp.pipe(TEXTS):
        expected: List[Dict[str, Any]] = []
        for sentence in doc.sents if len(doc) else []:
            words = [token for token in sentence if not token.is_space]
            for entity in predictor.predict_words([w.text for w in words])["entities"] if words else []:
                span = doc[words[entity["start"]].i : words[entity["end"] - 1].i + 1]
                expected.append((span.start, span.end, entity["type"]))
        assert [(entity.start, entity.end, entity.label_) for entity in doc.ents] == expected
        assert [(span.start, span.end, span.label_) for span in doc.spans["skd"]] == expected
        assert len(doc.spans["skd"].attrs["scores"]) == len(expected)
        found += expected
    assert {kind for _, _, kind in found} == {"PER", "LOC", "ORG"}


def test_scores_are_the_probabilities_of_the_spans(nlp: Language):
    doc = nlp(Doc(nlp.vocab, words=WORDS))
    distributed = distribution(nlp, WORDS)
    types = distributed.labels if "O" not in distributed.labels else bioul.types(distributed.labels)
    spans = Segments(*torch.zeros(2, 1, len(WORDS), dtype=torch.long))
    for span in doc.spans["skd"]:
        spans.widths[0, span.start], spans.types[0, span.start] = len(span), types.index(span.label_)
    expected = distributed.span_probabilities(spans)[0, [span.start for span in doc.ents]]
    assert found_in(doc) == [("Anna Berg", "PER"), ("Oslo", "LOC")]
    assert doc.spans["skd"].attrs["scores"] == pytest.approx(expected.tolist(), rel=1e-5)
    assert min(doc.spans["skd"].attrs["scores"]) > 0.5, "it has learned this sentence"


def test_scores_of_a_chain_are_sums_over_all_tag_sequences(crf_archive: Path):
    nlp = pipeline(skd_ner=crf_archive)
    words = ["Anna", "Berg", "moved"]
    doc = nlp(Doc(nlp.vocab, words=words))
    chain = distribution(nlp, words)
    potentials = {name: getattr(chain, name).double().numpy() for name in ("emissions", "transitions", "start", "end")}
    sequences = enumerate_linear_chain({**potentials, "emissions": potentials["emissions"][0]}, chain.labels)
    numbers = zip(sequences.names, sequences.probabilities)
    expected = sum(number for tags, number in numbers if tags[:2] == ("B-PER", "L-PER"))
    assert found_in(doc) == [("Anna Berg", "PER")]
    assert doc.spans["skd"].attrs["scores"] == pytest.approx([expected], abs=1e-5)


def test_labels_are_the_types_of_entities(nlp: Language):
    assert sorted(nlp.pipe_labels["skd_ner"]) == ["LOC", "ORG", "PER"]


def test_white_space_within_an_entity_belongs_to_it(nlp: Language):
    doc = nlp(Doc(nlp.vocab, words=["Anna", "\n", *WORDS[1:]]))
    assert [(entity.start, entity.end, entity.label_) for entity in doc.ents] == [(0, 3, "PER"), (5, 6, "LOC")]
    assert [token.ent_iob_ for token in doc[:4]] == ["B", "I", "I", "O"]
    plain = nlp(Doc(nlp.vocab, words=WORDS))
    assert doc.spans["skd"].attrs["scores"] == pytest.approx(plain.spans["skd"].attrs["scores"], rel=1e-5)


def test_white_space_beside_an_entity_does_not(nlp: Language):
    doc = nlp(Doc(nlp.vocab, words=["\n", "Anna", "Berg", " ", *WORDS[2:5], "\n", *WORDS[5:]]))
    assert [(entity.start, entity.end) for entity in doc.ents] == [(1, 3), (6, 7)]


def test_scores_are_saved_with_the_doc(nlp: Language):
    doc = nlp(Doc(nlp.vocab, words=WORDS))
    saved = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    assert found_in(saved) == found_in(doc)
    assert [(s.text, s.label_) for s in saved.spans["skd"]] == found_in(doc)
    assert saved.spans["skd"].attrs["scores"] == doc.spans["skd"].attrs["scores"]


def test_score(nlp: Language):
    gold = Doc(nlp.vocab, words=WORDS, ents=["B-PER", "I-PER", "O", "O", "B-ORG", "O", "O", "O"])
    scores = nlp.evaluate([Example(Doc(nlp.vocab, words=WORDS), gold)])
    assert scores["ents_p"] == scores["ents_r"] == scores["ents_f"] == 0.5
    assert scores["ents_per_type"]["PER"]["f"] == 1.0
