"""What each kind of spaCy's components teaches is what the component says of the same words by itself."""

import logging
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import spacy
import torch
from allennlp.common.checks import ConfigurationError
from scipy.special import expit, softmax
from spacy.tokens import Doc

from skd_plugin.distillation import ArchivedModel, SpacyPipeline
from skd_plugin.distillation.teachers.model import load_model
from skd_plugin.distillation.teachers.precision import rounded, widened
from skd_plugin.structures import (
    BiaffineRelations,
    HeadSelection,
    IndependentSpans,
    MaxEnt,
    NonProjectiveTree,
    ProjectiveTree,
    target,
)
from tests.distillation.teachers.models.pipelines import SENTENCES, SMALL, ruler, saved
from tests.untrained import make_archive

CPU = torch.device("cpu")


def loaded(folder: Path, component: str) -> SpacyPipeline:
    model = SpacyPipeline(str(folder), component)
    return load_model(model, model.fingerprint(), CPU)


def annotated(folder: Path, sentences, one_sentence=True):
    """The docs as the pipeline itself annotates them."""
    nlp = spacy.load(folder)
    starts = [[position == 0 for position in range(len(words))] if one_sentence else None for words in sentences]
    return [nlp(Doc(nlp.vocab, words=words, sent_starts=start)) for words, start in zip(sentences, starts)]


def bioul(doc):
    tags = ["O"] * len(doc)
    for entity in doc.ents:
        for token in entity:
            prefix = ("U" if len(entity) == 1 else "B") if token.i == entity.start else "I"
            tags[token.i] = f"{'L' if prefix == 'I' and token.i == entity.end - 1 else prefix}-{entity.label_}"
    return tags


@pytest.mark.parametrize("before, normalized", [([], False), ([], True), (["tok2vec"], False)])
def test_a_tagger_gives_its_softmax(tmp_path, caplog, before, normalized):
    options = {"model": {"@architectures": "spacy.Tagger.v2", "normalize": normalized}}
    folder = saved(tmp_path / "pipeline", *before, "tagger", **({} if before else {"tagger": options}))
    nlp = spacy.load(folder)
    tagger = nlp.get_pipe("tagger")
    for f, words in zip(loaded(folder, "tagger").read(SENTENCES), SENTENCES, strict=True):
        doc = Doc(nlp.vocab, words=words)
        for name in before:
            nlp.get_pipe(name)(doc)
        [rows] = tagger.model.predict([doc])
        expected = rows if normalized and not before else softmax(rows, axis=1)
        assert isinstance(f, MaxEnt) and f.labels == tagger.labels == ("N", "P", "V")
        np.testing.assert_allclose(f.token_marginals[0], expected, rtol=1e-5, atol=1e-6)
        assert f.entropy > 0
    assert "no distribution" not in caplog.text


@pytest.mark.parametrize("factories", [["ner"], ["tok2vec", "tagger", "ner"]])
def test_entities_of_transitions_have_all_the_probability(tmp_path, caplog, factories):
    folder = saved(tmp_path / "pipeline", *factories)
    with caplog.at_level(logging.WARNING):
        found = loaded(folder, "ner").read(SENTENCES)
    tags = [[f.labels[label] for label in f.argmax[0].tolist()] for f in found]
    assert tags == list(map(bioul, annotated(folder, SENTENCES)))
    assert len({tag for row in tags for tag in row}) > 2
    assert found[0].labels == ("O", *(f"{prefix}-{kind}" for prefix, kind in product("BILU", ("LOC", "PER"))))
    assert not any(f.entropy for f in found)
    assert "component ner (ner) of the spaCy pipeline" in caplog.text and "has no distribution" in caplog.text


def test_rules_for_entities_after_another_component_for_them(tmp_path):
    """What the other one finds is not taught, and what tells the rules about words is kept."""

    def components(nlp):
        other = nlp.add_pipe("entity_ruler", name="other")
        other.add_patterns([{"label": "ORG", "pattern": "saw"}])
        nlp.add_pipe("sentencizer")

    model = loaded(ruler(tmp_path / "pipeline", components), "entity_ruler")
    tags = [[f.labels[label] for label in f.argmax[0].tolist()] for f in model.read(SENTENCES)]
    assert tags == [["U-PER", *["O"] * 6], ["O"], ["B-LOC", "I-LOC", "L-LOC", "O", "U-PER"]]
    assert [pipe.__class__.__name__ for pipe in model._reading.needs] == ["Sentencizer"]


def test_tags_in_a_beam(tmp_path, caplog):
    folder = saved(tmp_path / "pipeline", "beam_ner", scale=0.2, beam_ner={"beam_width": 8})
    nlp = spacy.load(folder)
    ner = nlp.get_pipe("beam_ner")
    for f, words in zip(loaded(folder, "beam_ner").read(SENTENCES), SENTENCES, strict=True):
        read = Doc(nlp.vocab, words=words)
        [beam] = ner.beam_parse([read], beam_width=8)
        expected = np.zeros((len(words), len(f.labels)))
        for probability, entities in ner.moves.get_beam_parses(beam):
            doc = Doc(nlp.vocab, words=words)
            doc.set_ents([spacy.tokens.Span(doc, *entity) for entity in entities])
            for word, tag in enumerate(bioul(doc)):
                expected[word, f.labels.index(tag)] += probability
        np.testing.assert_allclose(f.token_marginals[0], expected, atol=1e-6)
        assert f.entropy > 0.01
    assert "no distribution" not in caplog.text


@pytest.mark.parametrize("factory", ["spancat", "spancat_singlelabel"])
def test_spans(tmp_path, factory):
    suggester = {"@misc": "spacy.ngram_range_suggester.v1", "min_size": 1, "max_size": 3}
    folder = saved(tmp_path / "pipeline", factory, scale=0.3, **{factory: {"suggester": suggester}})
    nlp = spacy.load(folder)
    pipe = nlp.get_pipe(factory)
    distributions = loaded(folder, factory).read(SENTENCES)
    for f, words in zip(distributions, SENTENCES, strict=True):
        spans, rows = pipe.predict([Doc(nlp.vocab, words=words)])
        assert isinstance(f, IndependentSpans) and f.labels == pipe.labels
        expected = np.zeros(tuple(f.scores.shape[1:]))
        for (first, end), row in zip(spans.dataXd, rows):
            if factory == "spancat":
                # One label at most, each of which is decided by itself.
                one = [row[t] * np.prod(1 - np.delete(row, t)) for t in range(len(row))]
                row = np.array(one) / (np.prod(1 - row) + sum(one))
            expected[first, end - first - 1] = row[: len(f.labels)]
        np.testing.assert_allclose(f.marginals.spans[0], expected, rtol=1e-4, atol=1e-6)


def test_a_span_for_which_a_label_is_certain(tmp_path, monkeypatch):
    model = loaded(saved(tmp_path / "pipeline", "spancat"), "spancat")
    rows = torch.tensor([[0.0, 1.0], [0.5, expit(-3)]], dtype=torch.float32)
    odds = model._reading.factorize._log_odds(rows)
    assert odds.isfinite().all() and odds[0, 0] < -80 and odds[0, 1] > 15
    torch.testing.assert_close(odds[1], torch.tensor([0.0, -3.0]))


def test_spans_that_are_not_suggested(tmp_path):
    suggester = {"@misc": "spacy.ngram_suggester.v1", "sizes": [2]}
    folder = saved(tmp_path / "pipeline", "spancat", spancat={"suggester": suggester})
    for f in loaded(folder, "spancat").read(SENTENCES):
        spans = f.marginals.spans[0]
        assert not spans[:, 0].any() and spans[:-1, 1:].all()


@pytest.mark.parametrize("factories", [["parser"], ["tok2vec", "ner", "parser"]])
def test_trees_of_transitions_have_all_the_probability(tmp_path, caplog, factories):
    folder = saved(tmp_path / "pipeline", *factories)
    with caplog.at_level(logging.WARNING):
        found = loaded(folder, "parser").read(SENTENCES)
    for f, doc in zip(found, annotated(folder, SENTENCES), strict=True):
        heads, relations = (ids[0].tolist() for ids in f.argmax)
        assert heads == [0 if token.head == token else token.head.i + 1 for token in doc]
        assert [f.labels[relation] for relation in relations] == [token.dep_ for token in doc]
        assert isinstance(f, HeadSelection) and f.entropy == 0
        assert f.labels == ("ROOT", "compound", "dep", "flat", "nsubj", "obj", "punct")
        assert isinstance(f.relation_scores, BiaffineRelations)
    assert "component parser (parser) of the spaCy pipeline" in caplog.text


def test_a_sentence_has_one_root(tmp_path):
    folder = saved(tmp_path / "pipeline", "parser")
    [split] = annotated(folder, SENTENCES[:1], one_sentence=False)
    assert sum(token.head == token for token in split) > 1, "the parser would find several sentences"
    for f in loaded(folder, "parser").read(SENTENCES):
        assert (f.marginals.arcs[0, :, 0] == 1).sum() == 1


def random_student(kind, given):
    names = (*given.sentence_potentials, *given.shared_potentials)
    given_ones = {name: getattr(given, name) for name in names}
    potentials = {name: one if one is None else torch.randn(one.shape) for name, one in given_ones.items()}
    return kind.of_potentials(**potentials, mask=given.mask, labels=given.labels)


STUDENTS = [HeadSelection, NonProjectiveTree, ProjectiveTree]


@pytest.fixture(scope="module")
def best(tmp_path_factory):
    folder = tmp_path_factory.mktemp("best")
    return [loaded(saved(folder / name, name), name).factorize(SENTENCES) for name in ("parser", "ner")]


@pytest.mark.parametrize("temperature", [0.01, 1.0, 1000.0])
@pytest.mark.parametrize("precision", [torch.float32, torch.float16, torch.bfloat16])
def test_a_student_learns_the_best_structure_at_any_temperature(best, temperature, precision):
    for given in best:
        stored = given._map(lambda potential: widened(rounded(potential, precision)), given.mask)
        stored = stored.tempered(temperature)
        assert not stored.entropy.any() and not stored.log_partition.any()
        for kind in STUDENTS if isinstance(given, HeadSelection) else [MaxEnt]:
            student = random_student(kind, given).tempered(temperature)
            soft = target(stored, student)
            alone = student.cross_entropy(student.indicator(given.argmax))
            torch.testing.assert_close(student.cross_entropy(soft.expected), alone)
            assert not soft.entropy.any() and soft.lost_mass.max() < 1e-6


def own(folder: Path, archive: Path, component: str, *others: str) -> Path:
    nlp = spacy.blank("en")
    for other in others:
        nlp.add_pipe(other)
    nlp.add_pipe(component, config={"archive": str(archive)})
    nlp.to_disk(folder)
    return folder


def assert_same(ours, theirs):
    for one, other in zip(ours, theirs, strict=True):
        assert type(one) is type(other) and one.labels == other.labels
        potentials = [getattr(one, name) for name in (*one.sentence_potentials, *one.shared_potentials)]
        assert not any(potential.is_inference() for potential in potentials if potential is not None)
        # Some scores mean nothing, such as those of spans that end beyond the sentence.
        torch.testing.assert_close(one.log_partition, other.log_partition)
        torch.testing.assert_close(one.cross_entropy(other.marginals), other.entropy)


@pytest.mark.parametrize("kind", ["skd_crf_tagger", "skd_span_ner"])
def test_our_components_are_their_models(tmp_path, kind, caplog):
    sizes = {"span_dim": 4} if kind == "skd_span_ner" else {}
    archive = make_archive(tmp_path / "run", {}, type=kind, **sizes)
    model = loaded(own(tmp_path / "pipeline", archive, "skd_ner", "sentencizer"), "skd_ner")
    expected = load_model(ArchivedModel(str(archive)), ArchivedModel(str(archive)).fingerprint(), CPU)
    # Longer than what the component reads at once when it serves.
    sentences = [*SENTENCES, ("Oslo", ".") * 600] if kind == "skd_crf_tagger" else SENTENCES
    assert_same(model.read(sentences), expected.read(sentences))
    assert model.scored_words == expected.scored_words and model._reading.needs == []
    assert "no distribution" not in caplog.text


@pytest.mark.slow
@pytest.mark.parametrize("name", ["biaffine", "parser", "second_order"])
def test_our_parsers_are_their_models(tmp_path, trained, name):
    archive = trained(name)
    model = loaded(own(tmp_path / "pipeline", archive, "skd_parser", "sentencizer"), "skd_parser")
    expected = load_model(ArchivedModel(str(archive)), ArchivedModel(str(archive)).fingerprint(), CPU)
    assert_same(model.read(SENTENCES), expected.read(SENTENCES))
    assert model.scored_words == expected.scored_words


@pytest.mark.slow
def test_our_parser_that_reads_tags_takes_those_of_its_pipeline(tmp_path, trained):
    nlp = spacy.blank("en")
    nlp.add_pipe("skd_tagger", config={"archive": str(trained("upos")), "attribute": "pos"})
    nlp.add_pipe("skd_parser", config={"archive": str(trained("pos_parser"))})
    nlp.to_disk(tmp_path / "pipeline")
    found, docs = (
        loaded(tmp_path / "pipeline", "skd_parser").read(SENTENCES),
        annotated(tmp_path / "pipeline", SENTENCES),
    )
    for f, doc in zip(found, docs, strict=True):
        assert f.argmax.heads[0].tolist() == [0 if token.head == token else token.head.i + 1 for token in doc]
    with pytest.raises(ConfigurationError, match="skd_parser takes such tags from token.pos, which is not set"):
        loaded(own(tmp_path / "alone", trained("pos_parser"), "skd_parser"), "skd_parser").read(SENTENCES)


def without_patterns(folder):
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler")
    nlp.to_disk(folder)
    return folder


def never_trained(folder):
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    nlp.to_disk(folder)
    return folder


def without_model(folder):
    nlp = spacy.blank("en")
    nlp.add_pipe("skd_ner")
    nlp.to_disk(folder)
    return folder


def of_other_spans(folder):
    suggester = {"@misc": "spacy.preset_spans_suggester.v1", "spans_key": "sc"}
    return saved(folder, "spancat", spancat={"suggester": suggester})


def without_none(folder):
    return saved(folder, "spancat", spancat={"model": {"tok2vec": SMALL, "scorer": {"@layers": "Softmax.v2"}}})


@pytest.mark.parametrize(
    "make, component, message",
    [
        (lambda folder: saved(folder, "morphologizer"), "morphologizer", r"morphologizer \(morphologizer\) .* cannot"),
        (lambda folder: saved(folder, "tok2vec", "tagger"), "tok2vec", r"cannot teach, expected a tagger.*tagger \(ta"),
        (without_patterns, "entity_ruler", "entity_ruler of the spaCy pipeline has no labels, expected one .*patterns"),
        (never_trained, "ner", "ner of the spaCy pipeline has no labels, expected one that has been trained"),
        (without_model, "skd_ner", "skd_ner of the spaCy pipeline cannot teach. skd_ner has no model. Name the"),
        (of_other_spans, "spancat", "spans that spacy.preset_spans_suggester.v1 suggests, expected one of spacy.ngram"),
        (without_none, "spancat", "gives every span a label, expected one that can give none"),
    ],
)
def test_components_that_cannot_teach(tmp_path, make, component, message):
    model = SpacyPipeline(str(make(tmp_path / "pipeline")), component)
    with pytest.raises(ConfigurationError, match=message):
        model.load(CPU)
