"""The parts of the corpora: documents stay whole, and a genre that is left out has no labels anywhere."""

import pytest

from experiments import corpora
from experiments.corpora import GENRES, corpus, make_ewt, make_ewt_without, make_text, sentence_count
from experiments.split import documents, words

DOCUMENTS, SENTENCES = 4, 3


def document(genre, number):
    rows = "\n".join(f"{i}\tw{number}\t_\t_\t_\t_\t{i - 1}\tdep\t_\tNE=O" for i in (1, 2))
    heads = [f"# newdoc id = {genre}-{number}", *[""] * (SENTENCES - 1)]
    return "".join(f"{head}\n# sent_id = {genre}-{number}-{i}\n{rows}\n\n".lstrip("\n") for i, head in enumerate(heads))


@pytest.fixture
def ewt(tmp_path, monkeypatch):
    monkeypatch.setattr(corpora, "RUNS", tmp_path / "runs")
    text = "".join(document(genre, number) for number in range(DOCUMENTS) for genre in GENRES)
    for part in ("train", "dev"):
        (tmp_path / f"en_ewt-{part}.conllu").write_text(text)
    return tmp_path


def sizes(name):
    return {path.stem: sentence_count(path) for path in corpus(name).iterdir()}


def test_ewt_is_split_at_documents(ewt):
    make_ewt(ewt, size=20)
    total = DOCUMENTS * SENTENCES * len(GENRES)
    assert sizes("ewt") == {"labelled": 21, "unlabelled": total - 21, "dev": total}
    assert sizes("ewt_tuning") == {"labelled": 15, "dev": 6, "unlabelled": total - 21}
    whole, parts = (
        [(corpus(name) / file).read_text() for file in files]
        for name, files in (("ewt", ["labelled.conllu"]), ("ewt_tuning", ["labelled.conllu", "dev.conllu"]))
    )
    assert sorted(part for text in parts for part in text.split("\n\n")) == sorted([*whole[0].split("\n\n"), ""])


def test_a_genre_that_is_left_out(ewt):
    make_ewt_without("email", ewt, size=20)
    in_genre = DOCUMENTS * SENTENCES
    assert sizes("ewt_without_email") == {
        "labelled": 21,
        "unlabelled": 4 * in_genre - 21,
        "genre": in_genre,
        "dev": in_genre,
    }
    labelled, dev = ((corpus("ewt_without_email") / f"{part}.conllu").read_text() for part in ("labelled", "dev"))
    assert "email" not in labelled
    assert dev.count("# sent_id = email-") == in_genre


def test_more_text_begins_with_all_of_ewts(ewt, monkeypatch):
    monkeypatch.setattr(corpora, "SIZES", {"text_few": 5, "text_many": 50})
    for name in ("masc", "wikisplit", "tatoeba"):
        (ewt / f"{name}.txt").write_text("".join(f"{name} {number}\n" for number in range(10)))
    make_ewt(ewt, size=20)
    make_ewt_without("email", ewt, size=20)
    make_text(ewt)
    few, many, own = (
        (corpus("ewt") / f"{name}.txt").read_text().splitlines() for name in ("text_few", "text_many", "unlabelled")
    )
    assert (len(few), len(many)) == (5, 50)
    assert many[:5] == few
    assert sorted(many[: len(own)]) == sorted(own)
    assert sizes("ewt_without_email")["masc"] == 10


def test_sentences_of_columns_are_counted(tmp_path):
    (tmp_path / "labelled.conll").write_text("a\tO\n\t\n\nb\tO\nc\tO\n\n")
    assert sentence_count(tmp_path / "labelled.conll") == 2


def test_without_documents_each_sentence_is_one():
    first, second = documents("1\ta b\t_\n\n1\tc\t_\n2-3\tde\t_\n2\td\t_\n")
    assert (words(first[0]), words(second[0])) == (["a\u00a0b"], ["c", "d"])


def test_a_document_without_its_genre():
    with pytest.raises(ValueError, match="without `# sent_id = `, expected EWT's: '1"):
        corpora.genre(["1\ta"])
