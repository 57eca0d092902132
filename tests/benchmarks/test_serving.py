"""Treebanks become spaCy's training data and texts, and saved pipelines get their rows; no time is asserted."""

import gc

import pytest
import spacy
from allennlp.common.checks import ConfigurationError
from spacy.cli.init_config import init_config
from spacy.tokens import DocBin
from spacy.vocab import Vocab

from benchmarks.serving import corpus, speed, texts
from benchmarks.serving.comparison import TOKENIZATION, Row, compare, comparison_table
from benchmarks.serving.corpus import docs, spaces_after
from benchmarks.serving.passes import first_passes, repeated_passes
from benchmarks.serving.pipelines import count_words
from benchmarks.serving.texts import Text, joined, sentences
from benchmarks.timing import Spread
from skd_plugin.data.files.conllu import conllu_sentences
from tests import PROJECT_ROOT
from tests.benchmarks.tables import rows

pytestmark = pytest.mark.slow

TREES = PROJECT_ROOT / "fixtures" / "trees.conllu"
TEXTS = ["Anna moved to Oslo.  She likes it.", "Omar does too."]


class Counting:
    """A pipeline that remembers which texts it was given."""

    def __init__(self, nlp):
        self.nlp, self.calls = nlp, []

    def pipe(self, texts):
        self.calls.append(tuple(texts))
        return self.nlp.pipe(texts)


def pipeline(language="en"):
    nlp = spacy.blank(language)
    nlp.add_pipe("sentencizer")
    return nlp


def test_docs_have_the_texts_of_the_treebank():
    found = list(docs(TREES, Vocab()))
    assert [doc.text.rstrip() for doc in found] == [text.text for text in sentences(str(TREES))]


def test_docs_have_its_words_tags_and_trees():
    for doc, sentence in zip(docs(TREES, Vocab()), conllu_sentences(str(TREES)), strict=True):
        assert [token.text for token in doc] == sentence.column("form")
        heads = [0 if token.head == token else token.head.i + 1 for token in doc]
        assert heads == sentence.column("head")
        assert [token.dep_.replace("ROOT", "root") for token in doc] == sentence.column("deprel")
        assert [token.dep_ == "ROOT" for token in doc] == [head == 0 for head in heads]
        assert [token.tag_ for token in doc] == sentence.column("xpos")


def test_entities_are_read_from_misc_when_asked_for():
    first, second, *_ = docs(TREES, Vocab(), entities="NE")
    assert [(entity.text, entity.label_) for entity in first.ents] == [("Anna Berg", "PER"), ("Oslo", "LOC")]
    assert [(entity.text, entity.label_) for entity in second.ents] == [("Red Cross", "ORG")]
    assert first[2].ent_iob_ == "O"
    assert not any(doc.has_annotation("ENT_IOB") for doc in docs(TREES, Vocab()))


@pytest.mark.parametrize("tags", ["I-A I-A B-A O", "B-A I-A B-A O", "B-A L-A U-A O", "B-A E-A S-A O"])
def test_entities_are_the_same_in_every_scheme(tags, tmp_path):
    file = tmp_path / "scheme.conllu"
    columns = "\t".join("_" * 7)
    file.write_text("".join(f"{n}\tw\t{columns}\tNE={tag}\n" for n, tag in enumerate(tags.split(), start=1)))
    (doc,) = docs(file, Vocab(), entities="NE")
    assert [(entity.start, entity.end, entity.label_) for entity in doc.ents] == [(0, 2, "A"), (2, 3, "A")]
    assert not doc.has_annotation("DEP") and not doc.has_annotation("TAG")


def test_spaces_follow_a_multiword_token_as_its_line_says():
    none, also = "SpaceAfter=No", "Gloss=x|SpaceAfter=No"
    misc = {"1": "_", "2-3": none, "2": "_", "3": "_", "4": also, "4.1": "_", "5-6": "_", "5": "_", "6": none, "7": "_"}
    lines = ["# text = a didn't, b", *("\t".join([number, *"________", value]) for number, value in misc.items())]
    assert spaces_after(lines) == [True, False, False, False, False, True, True]


def test_the_command_writes_what_spacy_reads(tmp_path, capsys):
    out = tmp_path / "trees.spacy"
    corpus.main([str(TREES), str(out), "--entities", "NE"])
    found = list(DocBin().from_disk(out).get_docs(Vocab()))
    expected = list(docs(TREES, Vocab(), entities="NE"))
    assert [doc.to_json() for doc in found] == [doc.to_json() for doc in expected]
    assert capsys.readouterr().out == f"{len(expected)} sentences in {out}\n"


def test_texts_are_joined_until_they_are_long_enough():
    given = [Text("a b", 2), Text("c", 1), Text("d e f", 3), Text("g", 1)]
    assert list(joined(given, 3)) == [Text("a b c", 3), Text("d e f", 3), Text("g", 1)]
    assert list(joined(given, 1)) == given


def test_a_sentence_without_its_text_is_named(tmp_path):
    file = tmp_path / "untold.conllu"
    file.write_text("# sent_id = 1\n1\tx" + "\t_" * 8 + "\n")
    with pytest.raises(ConfigurationError, match="untold.conllu:2: found a sentence without its text, expected a comm"):
        list(sentences(str(file)))


def test_words_are_tokens_that_are_no_space():
    assert count_words(spacy.blank("en"), TEXTS) == 9 + 4


def test_rates_and_ratios_are_taken_within_a_round():
    seconds = {"one": [2.0, 1.0, 4.0], "two": [4.0, 4.0, 4.0], TOKENIZATION: [1.0, 0.5, 1.0]}
    first, second, alone = compare(seconds, words=1000, baseline="two")
    assert first == Row("one", 2.0, Spread(500, 250, 1000), Spread(2, 1, 4), Spread(0.5, 0.25, 0.5))
    assert second.times_as_fast == (1, 1, 1) and alone.tokenization == (1, 1, 1)
    header, *cells = rows(comparison_table([first], "two"))
    assert header == ["pipeline", "words per second", "times as fast as two", "tokenization", "seconds"]
    assert cells == [["one", "**500** (250–1,000)", "**2** (1–4)", "50 % (25–50)", "2"]]


def test_repeated_passes_are_by_the_same_pipelines_over_all_texts():
    counting = {name: Counting(pipeline()) for name in ("one", "two")}
    seconds = repeated_passes(counting, TEXTS, rounds=3, seed=1)
    assert {name: len(each) for name, each in seconds.items()} == {"one": 3, "two": 3}
    assert all(value > 0 for each in seconds.values() for value in each)
    assert all(set(nlp.calls) == {tuple(TEXTS)} and len(nlp.calls) >= 4 for nlp in counting.values())
    assert gc.get_freeze_count() == 0


def test_first_passes_are_by_pipelines_just_loaded():
    loaded: list = []
    many = TEXTS * 20

    def load():
        loaded.append(Counting(pipeline()))
        return loaded[-1]

    seconds = first_passes({"one": load, "two": load}, many, rounds=2, seed=1)
    assert {name: len(each) for name, each in seconds.items()} == {"one": 2, "two": 2}
    assert len(loaded) == 4
    assert all(nlp.calls == [tuple(many[:10]), tuple(many)] for nlp in loaded)


def test_a_pipeline_that_annotates_nothing_is_refused():
    with pytest.raises(ValueError, match=r"'empty' with the components \[\] annotates none of the first 2 texts, exp"):
        list(speed.report({"empty": lambda: spacy.blank("en")}, TEXTS, "empty", rounds=1, seed=1))


def test_pipelines_of_two_languages_are_refused():
    both = {"one": pipeline, "other": lambda: pipeline("de")}
    with pytest.raises(ValueError, match=r"one \(en\), other \(de\); expected one or more of the same language"):
        list(speed.report(both, TEXTS, "one", rounds=1, seed=1))


def test_the_command_loads_pipelines_and_prints_two_tables(tmp_path, capsys):
    file, folder = tmp_path / "texts.txt", tmp_path / "saved"
    file.write_text("\n".join([*TEXTS, "", ""]))
    pipeline().to_disk(folder)
    speed.main([str(file), f"a={folder}", f"b={folder}", "--baseline", "b", "--rounds", "1"])
    printed = capsys.readouterr().out
    assert "- a: sentencizer\n" in printed and "2 texts of 13 words" in printed and str(tmp_path) not in printed
    for part in printed.split("## ")[1:]:
        header, *cells = rows(part)
        assert header[2] == "times as fast as b"
        assert [row[0] for row in cells] == ["a", "b", TOKENIZATION]
        assert all(float(row[-1]) > 0 for row in cells)
    assert printed.count("## ") == 2


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["nameless"], "'nameless' is not of the form name=folder"),
        (["a=x", "a=y"], "expected different names, the baseline 'a' among them, found: a"),
        (["a=x", "--baseline", "c"], "expected different names, the baseline 'c' among them, found: a"),
    ],
)
def test_the_command_refuses_names_it_cannot_use(arguments, message, capsys):
    with pytest.raises(SystemExit):
        speed.main(["texts.txt", *arguments])
    assert message in capsys.readouterr().err


def test_the_command_writes_one_text_a_line(tmp_path):
    out = tmp_path / "texts.txt"
    texts.main([str(TREES), str(out), "--words", "10"])
    lines = out.read_text(encoding="utf-8").splitlines()
    assert " ".join(lines) == " ".join(text.text for text in sentences(str(TREES)))
    assert lines[0] == "Anna Berg moved to Oslo. She didn't call the Red Cross."


@pytest.mark.parametrize("component", ["ner", "parser"])
def test_the_configs_are_spacys_own(component):
    own = spacy.util.load_config(PROJECT_ROOT / "benchmarks" / "serving" / f"{component}.cfg")
    assert own == init_config(lang="en", pipeline=[component], optimize="efficiency", gpu=False)
