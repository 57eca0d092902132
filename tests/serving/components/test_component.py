"""Docs in any order, number and shape are annotated as each would be by itself, and one that fails affects no other."""

import itertools
from pathlib import Path
from typing import Any, Iterator, List, Tuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc

from tests.serving import TEXTS, assert_same, choices, pipeline, probabilities

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nlp(ner_archive: Path, parser_archive: Path, upos_archive: Path) -> Language:
    return pipeline(skd_tagger=upos_archive, skd_parser=parser_archive, skd_ner=ner_archive)


@pytest.fixture(scope="module")
def alone(nlp: Language) -> List[Doc]:
    return [nlp(text) for text in TEXTS]


class Counted:
    """An endless stream of texts, and a count of those that were taken."""

    taken = 0

    def __iter__(self) -> Iterator[str]:
        for text in itertools.cycle(TEXTS):
            self.taken += 1
            yield text


@given(order=st.permutations(range(len(TEXTS))), batch_size=st.sampled_from([1, 3, 1000]))
@settings(max_examples=15)
def test_batches_change_nothing(nlp: Language, alone: List[Doc], order: List[int], batch_size: int):
    docs = list(nlp.pipe([TEXTS[index] for index in order], batch_size=batch_size))
    assert_same(docs, [alone[index] for index in order])


@pytest.mark.parametrize("batch_size", [1, 3, 1000])
@pytest.mark.parametrize("kind", ["crf", "span", "transformer", "biaffine"])
def test_batches_change_nothing_for_models_of_other_kinds(request: pytest.FixtureRequest, kind: str, batch_size: int):
    factory = "skd_parser" if kind == "biaffine" else "skd_ner"
    nlp = pipeline(**{factory: request.getfixturevalue(f"{kind}_archive")})
    texts = TEXTS[::-1]
    assert_same(list(nlp.pipe(texts, batch_size=batch_size)), [nlp(text) for text in texts])


def test_something_is_found(alone: List[Doc]):
    doc = next(doc for doc in alone if "Geneva" in doc.text)
    assert ("Geneva", "LOC") in [(entity.text, entity.label_) for entity in doc.ents]
    assert {token.dep_ for token in doc} >= {"ROOT", "nsubj", "obl"}
    assert {token.tag_ for token in doc} >= {"PROPN", "VERB"}
    assert all(0 <= number <= 1 + 1e-5 for doc in alone for number in probabilities(doc) if number is not None)


@pytest.mark.parametrize("text", ["", " ", "\n \n"])
def test_docs_without_words_are_annotated_but_with_nothing(nlp: Language, text: str):
    doc = nlp(text)
    assert not doc.ents and not doc.spans["skd"] and doc.spans["skd"].attrs["scores"] == []
    assert doc.has_annotation("DEP") and doc.has_annotation("ENT_IOB") and len(list(doc.sents)) <= 1
    assert not any(token.tag_ for token in doc)
    assert set(probabilities(doc)) <= {None}


def test_white_space_is_not_read(nlp: Language):
    words = "Anna Berg moved to Oslo last year .".split()
    plain = nlp(Doc(nlp.vocab, words=words))
    spaced = nlp(Doc(nlp.vocab, words=["\n", words[0], " ", *words[1:], "\n\n"]))
    read = [token for token in spaced if not token.is_space]
    assert [(t.text, t.dep_, t.tag_, t.head.text) for t in read] == [
        (t.text, t.dep_, t.tag_, t.head.text) for t in plain
    ]
    assert [t._.skd_arc_probability for t in read] == pytest.approx([t._.skd_arc_probability for t in plain], rel=1e-5)
    assert [entity.label_ for entity in spaced.ents] == [entity.label_ for entity in plain.ents] == ["PER", "LOC"]
    assert spaced.spans["skd"].attrs["scores"] == pytest.approx(plain.spans["skd"].attrs["scores"], rel=1e-5)


def test_no_docs(nlp: Language):
    assert list(nlp.pipe([])) == []
    assert all(list(component.pipe([])) == [] for _, component in nlp.pipeline)


@pytest.mark.parametrize("batch_size", [1, 4])
def test_no_more_is_read_than_a_batch(nlp: Language, batch_size: int):
    texts = Counted()
    docs = nlp.pipe(texts, batch_size=batch_size)
    for given_back in range(1, 10):
        next(docs)
        assert texts.taken == -(-given_back // batch_size) * batch_size


def test_batch_size_of_one_component(ner_archive: Path):
    texts = Counted()
    docs = pipeline(skd_ner=ner_archive).pipe(texts, component_cfg={"skd_ner": {"batch_size": 2}})
    read_when_given_back = [texts.taken for _ in itertools.islice(docs, 4)]
    assert read_when_given_back == [2, 2, 4, 4]


def test_contexts_stay_with_their_docs(nlp: Language, alone: List[Doc]):
    annotated: List[Tuple[Doc, Any]] = list(nlp.pipe(zip(TEXTS, range(len(TEXTS))), as_tuples=True, batch_size=4))
    assert [context for _, context in annotated] == list(range(len(TEXTS)))
    assert_same([doc for doc, _ in annotated], alone)


@pytest.mark.parametrize("kind", ["ner", "parser", "biaffine"])
def test_ten_thousand_words(request: pytest.FixtureRequest, kind: str):
    component = "skd_ner" if kind == "ner" else "skd_parser"
    nlp = pipeline(**{component: request.getfixturevalue(f"{kind}_archive")})
    nlp.remove_pipe("sentencizer")
    words = "Anna Berg moved to Oslo from the Bank of Norway".split() * 1000
    doc = nlp(Doc(nlp.vocab, words=words))
    if component == "skd_ner":
        piece = nlp(Doc(nlp.vocab, words=words[:1000]))
        expected = [(first + e.start, first + e.end, e.label_) for first in range(0, 10_000, 1000) for e in piece.ents]
        assert [(span.start, span.end, span.label_) for span in doc.spans["skd"]] == expected
        return
    assert [token.i for token in doc if token.head.i == token.i] == [doc[:].root.i]
    assert len(list(doc.sents)) == 1
    unknown = [token for token in doc if token._.skd_arc_probability is None]
    assert [token.dep_ for token in unknown] == ["dep"] * 9, "the roots of the nine other pieces"


def test_a_memory_zone_frees_the_docs_and_nothing_that_components_need(
    biaffine_archive: Path, xpos_archive: Path, ner_archive: Path
):
    nlp = pipeline(skd_tagger=xpos_archive, skd_parser=biaffine_archive, skd_ner=ner_archive)
    with nlp.memory_zone():
        inside = [(choices(doc), probabilities(doc)) for doc in nlp.pipe(TEXTS)]
        assert "Übermäßigkeitsverordnung" in nlp.vocab.strings
    assert "Übermäßigkeitsverordnung" not in nlp.vocab.strings
    for doc, (chosen, numbers) in zip(nlp.pipe(TEXTS), inside):
        assert choices(doc) == chosen
        assert probabilities(doc) == pytest.approx(numbers, abs=1e-5)


def test_max_words_below_one():
    with pytest.raises(ValueError, match="`max_words` of skd_ner is 0, expected at least 1"):
        pipeline().add_pipe("skd_ner", config={"max_words": 0})


@pytest.mark.parametrize("kind, most", [("ner", 1000), ("biaffine", 1000), ("second_order", 256)])
def test_how_many_words_are_read_at_once_depends_on_what_the_model_scores(
    request: pytest.FixtureRequest, kind: str, most: int
):
    archive = str(request.getfixturevalue(f"{kind}_archive"))
    factory = "skd_ner" if kind == "ner" else "skd_parser"
    component: Any = pipeline().add_pipe(factory, config={"archive": archive})
    doc = Doc(component.vocab, words=["a"] * (most + 1))
    assert [len(unit.words) for [unit] in component.units([doc[:most].as_doc()])] == [most]
    assert len(component.units([doc])[0]) == 2
    chosen: Any = pipeline().add_pipe(factory, config={"archive": archive, "max_words": most + 1})
    assert len(chosen.units([doc])[0]) == 1


WORDS = "Anna Berg moved to Oslo".split()
UPOS = "PROPN PROPN VERB ADP PROPN".split()


class Handler:
    """An error handler that keeps its arguments."""

    def __init__(self) -> None:
        self.got: List[Tuple[str, List[Doc], str]] = []

    def __call__(self, name: str, component: Any, docs: List[Doc], error: Exception) -> None:
        self.got.append((name, docs, str(error)))


def docs_of_which_one_cannot_be_written(nlp: Language) -> List[Doc]:
    docs = [Doc(nlp.vocab, words=WORDS[: 1 + index % 5], user_data={"number": index}) for index in range(7)]
    docs[3].spans["skd"] = [docs[3][0:1]]
    return docs


def docs_of_which_one_cannot_be_read(nlp: Language) -> List[Doc]:
    """A pipeline whose parser needs parts of speech."""
    tags = [None if index == 3 else UPOS[: 1 + index % 5] for index in range(7)]
    return [Doc(nlp.vocab, words=WORDS[: 1 + i % 5], pos=t, user_data={"number": i}) for i, t in enumerate(tags)]


FAILURES = {
    "write": ("skd_ner", "ner_archive", docs_of_which_one_cannot_be_written, "was set before skd_ner"),
    "read": ("skd_parser", "pos_parser_archive", docs_of_which_one_cannot_be_read, "part-of-speech tag"),
}


@pytest.fixture(params=sorted(FAILURES))
def failing(request: pytest.FixtureRequest) -> Tuple[Language, List[Doc], str]:
    """A pipeline, seven docs of which the one with index 3 makes it fail, and the error message."""
    factory, archive, docs, message = FAILURES[request.param]
    nlp = pipeline(**{factory: request.getfixturevalue(archive)})
    return nlp, docs(nlp), message


@pytest.mark.parametrize("batch_size", [1, 3, 1000])
def test_no_doc_is_lost_because_another_one_fails(failing: Tuple[Language, List[Doc], str], batch_size: int):
    nlp, docs, message = failing
    handler = Handler()
    nlp.set_error_handler(handler)
    annotated = list(nlp.pipe(docs, batch_size=batch_size))
    assert [doc.user_data["number"] for doc in annotated] == [0, 1, 2, 4, 5, 6]
    assert all(doc.has_annotation("DEP") or "skd" in doc.spans for doc in annotated)
    [(name, bad, said)] = handler.got
    assert name == nlp.pipe_names[-1] and bad == [docs[3]] and message in said


def test_an_error_is_raised_unless_somebody_handles_it(failing: Tuple[Language, List[Doc], str]):
    nlp, docs, message = failing
    with pytest.raises(Exception, match=message):
        list(nlp.pipe(docs, batch_size=3))
    with pytest.raises(Exception, match=message):
        nlp(docs[3])


def test_without_a_model_no_doc_is_blamed():
    nlp, handler = pipeline(), Handler()
    nlp.add_pipe("skd_ner")
    nlp.set_error_handler(handler)
    with pytest.raises(ValueError, match="skd_ner has no model"):
        list(nlp.pipe(TEXTS))
    assert not handler.got


def test_the_distribution_is_that_of_the_probabilities(nlp: Language):
    doc = nlp("Anna Berg moved to Oslo last year.")
    distribution = nlp.get_pipe("skd_tagger").distribution([doc])  # type: ignore[attr-defined]
    best = [distribution.labels[label] for label in distribution.argmax[0].tolist()]
    assert best == [token.tag_ for token in doc]
    assert distribution.token_marginals.amax(-1)[0].tolist() == pytest.approx(doc._.skd_tag_probabilities, rel=1e-4)


@pytest.mark.parametrize("text", ["Anna left. She moved to Oslo.", "Anna  left.", ""])
def test_what_is_not_one_sentence_has_no_distribution(nlp: Language, text: str):
    docs = [nlp("Thanks!"), nlp(text)]
    with pytest.raises(ValueError, match="skd_tagger was given docs of several sentences, or with white space or"):
        nlp.get_pipe("skd_tagger").distribution(docs)  # type: ignore[attr-defined]
