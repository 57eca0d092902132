"""A word table gives the same vectors as the model's embedder, and calls it once for each word."""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from typing import Any, List
from unittest.mock import patch

import pytest
import torch
from allennlp.data import Vocabulary
from allennlp.data.token_indexers import SingleIdTokenIndexer, TokenCharactersIndexer
from allennlp.modules.seq2vec_encoders import BagOfEmbeddingsEncoder
from allennlp.modules.text_field_embedders import BasicTextFieldEmbedder
from allennlp.modules.token_embedders import Embedding, PassThroughTokenEmbedder, TokenCharactersEncoder
from allennlp.nn.util import get_text_field_mask
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.archives import LoadedModel, load
from skd_plugin.archives import read as archived
from skd_plugin.inputs import WordFeaturesEmbedder, WordFeaturesIndexer
from skd_plugin.models import MaxEntTagger
from skd_plugin.serving.model import student, word_table
from skd_plugin.serving.model.indexing import Sentence, index_sentences
from skd_plugin.serving.model.student import Student
from skd_plugin.serving.model.word_table import KnownWords, WordTable, ignores_context
from tests.inputs import samples
from tests.serving import TEXTS, assert_same, pipeline, unit

pytestmark = pytest.mark.slow

UNUSUAL = ["\u200b", "\x00", "a\u0301", "日本", "🙂", "@@UNKNOWN@@", "ﬁ", "İstanbul", "x" * 3000]
ANY_WORD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
SENTENCE = st.lists(st.sampled_from(["Anna", "anna", "a", "Oslo", *UNUSUAL]) | ANY_WORD, min_size=1, max_size=6)


def other(kind: type) -> Any:
    """A subclass, which may compute anything."""
    return type("Other", (kind,), {})


def words() -> Embedding:
    return Embedding(2, num_embeddings=9)


def characters() -> TokenCharactersEncoder:
    return TokenCharactersEncoder(Embedding(2, num_embeddings=9), BagOfEmbeddingsEncoder(2))


KINDS: Any = {
    "words": (words(), SingleIdTokenIndexer(lowercase_tokens=True), True),
    "characters": (characters(), TokenCharactersIndexer(min_padding_length=1), True),
    "another feature": (words(), SingleIdTokenIndexer(feature_name="pos_"), False),
    "first word": (words(), SingleIdTokenIndexer(start_tokens=["@"]), False),
    "last word": (characters(), TokenCharactersIndexer(end_tokens=["@"], min_padding_length=1), False),
    "subclass of an embedder": (other(Embedding)(2, num_embeddings=9), SingleIdTokenIndexer(), False),
    "subclass of an indexer": (words(), other(SingleIdTokenIndexer)(), False),
    "features": (WordFeaturesEmbedder(Vocabulary()), WordFeaturesIndexer(), True),
    "subclass of an embedder of features": (other(WordFeaturesEmbedder)(Vocabulary()), WordFeaturesIndexer(), False),
    "another embedder of features": (words(), WordFeaturesIndexer(), False),
    "another embedder of words": (PassThroughTokenEmbedder(2), SingleIdTokenIndexer(), False),
    "another embedder of characters": (words(), TokenCharactersIndexer(min_padding_length=1), False),
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_whether_a_words_vector_depends_on_its_text_alone(kind: str):
    embedder, indexer, holds = KINDS[kind]
    together = BasicTextFieldEmbedder({"tokens": words(), "others": embedder})
    assert ignores_context(together, {"tokens": SingleIdTokenIndexer(), "others": indexer}) is holds
    assert not ignores_context(other(BasicTextFieldEmbedder)({"others": embedder}), {"others": indexer})


@pytest.mark.parametrize("kind, holds", [("ner", True), ("pos_parser", False), ("transformer", False)])
def test_whether_it_does_in_a_trained_model(request: pytest.FixtureRequest, kind: str, holds: bool):
    model, reader = load(request.getfixturevalue(f"{kind}_archive"))
    assert ignores_context(model.text_field_embedder, reader.token_indexers) is holds


@pytest.fixture(scope="module")
def loaded(ner_archive) -> LoadedModel:
    return load(ner_archive)


def table_for(loaded: LoadedModel) -> WordTable:
    return WordTable(loaded.model.text_field_embedder, loaded.reader, loaded.model.vocab, torch.device("cpu"))


@given(batches=st.lists(st.lists(SENTENCE, min_size=1, max_size=4), max_size=4), most=st.sampled_from([1, 4, 1000]))
def test_vectors_are_the_embedders_however_few_words_are_kept(loaded: LoadedModel, batches: List[Any], most: int):
    table = table_for(loaded)
    units = [[unit(sentence) for sentence in batch] for batch in batches]
    for batch, read in zip(batches, units):
        with patch.object(word_table, "MAX_WORDS", most):
            ours = table.inputs(read, list(chain(*units))).tokens
        theirs = index_sentences(list(map(Sentence, batch)), loaded.reader, loaded.model.vocab).tokens
        mask = get_text_field_mask(ours)
        assert mask.equal(get_text_field_mask(theirs))
        expected = loaded.model.text_field_embedder(theirs)[mask]
        torch.testing.assert_close(table(ours)[mask], expected, rtol=1e-5, atol=1e-5)


def test_a_word_is_embedded_once_and_again_only_when_there_was_no_room(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(word_table, "MAX_WORDS", 2)
    table = table_for(loaded)
    with patch.object(loaded.reader, "text_to_instance", wraps=loaded.reader.text_to_instance) as asked:
        for sentences in (["a b a", "b"], ["b a"], ["b c"], ["c"], ["a"], ["a b c"]):
            table.inputs([unit(sentence.split()) for sentence in sentences])
    assert [sorted(call.args[0]) for call in asked.call_args_list] == [["a", "b"], ["b", "c"], ["a"], ["a", "b", "c"]]


def test_threads_that_meet_new_words_do_not_mix_them_up(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch):
    table, new_empty = table_for(loaded), torch.Tensor.new_empty
    # Time for the others to come in between.
    monkeypatch.setattr(torch.Tensor, "new_empty", lambda *sizes: (time.sleep(0.01), new_empty(*sizes))[1])
    batches = [[unit([f"{letter}{number}" for letter in "abc"])] for number in range(20)]
    with ThreadPoolExecutor(8) as threads:
        vectors_of_batches = list(threads.map(lambda batch: table(table.inputs(batch).tokens), batches))
    monkeypatch.undo()
    for batch, vectors in zip(batches, vectors_of_batches):
        expected = table_for(loaded).inputs(batch).tokens["words"]["vectors"]
        torch.testing.assert_close(vectors, expected, rtol=1e-5, atol=1e-5)


def test_a_new_word_is_added_without_copying_all_others():
    known, copies = KnownWords([torch.zeros(1, 2)]), 0
    for number in range(1000):
        before = known.tables
        known.add([number], [torch.full((1, 2), float(number))])
        copies += known.tables is not before
    assert copies <= 10, "a copy at each doubling"
    assert list(known.ids.values()) == list(range(1, 1001))
    assert known.tables[0][1:1001, 0].tolist() == list(range(1000))
    assert known.tables[0][0].tolist() == [0, 0]


def test_known_words_are_looked_up_without_the_lock(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch):
    table = table_for(loaded)
    before = table.inputs([unit(["Anna"])]).tokens["words"]["vectors"]
    monkeypatch.setattr(table, "_lock", None)
    with pytest.raises(TypeError):
        table.inputs([unit(["Oslo"])])
    assert table.inputs([unit(["Anna"])]).tokens["words"]["vectors"].equal(before)


def test_metadata_are_words_and_tags(loaded: LoadedModel):
    metadata = table_for(loaded).inputs([unit(["a", "b"], ["DET", None]), unit(["c"])]).metadata
    assert metadata is not None
    assert [(sentence["words"], sentence["upos"]) for sentence in metadata] == [
        (["a", "b"], ["DET", None]),
        (["c"], None),
    ]
    with pytest.raises(KeyError):
        metadata[0]["tags"]


def test_new_words_of_all_sentences_are_embedded_together_if_there_is_room(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(word_table, "MAX_WORDS", 4)
    table = table_for(loaded)
    with patch.object(loaded.reader, "text_to_instance", wraps=loaded.reader.text_to_instance) as asked:
        table.inputs([unit(["a"])], [unit(["a"]), unit(["b", "c"])])
        table.inputs([unit(["c", "b"])])
        table.inputs([unit(["d"])], [unit(["d"]), unit(["e"])])
    assert [sorted(call.args[0]) for call in asked.call_args_list] == [["a", "b", "c"], ["d"]]


@pytest.mark.parametrize("kind", ["ner", "parser"])
def test_a_model_annotates_as_without_a_table(
    request: pytest.FixtureRequest, kind: str, monkeypatch: pytest.MonkeyPatch
):
    components = {f"skd_{kind}": request.getfixturevalue(f"{kind}_archive")}
    texts, ours = [*TEXTS, " ".join(UNUSUAL)], pipeline(**components)
    monkeypatch.setattr(student, "ignores_context", lambda *_: False)
    theirs = pipeline(**components)
    embedders = [nlp.get_pipe(f"skd_{kind}").student.model.text_field_embedder for nlp in (ours, theirs)]
    assert [isinstance(embedder, WordTable) for embedder in embedders] == [True, False]
    assert_same(list(ours.pipe(texts)), list(theirs.pipe(texts)))


@pytest.fixture(scope="module")
def bilstm_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tagger of entities with the encoder `skd_bilstm` and random weights."""
    model = samples.model(samples.counted(samples.reader(), "O B-PER I-PER"))
    return samples.archive(model, tmp_path_factory.mktemp("bilstm") / "run", None)


def test_a_bilstm_gives_many_sentences_the_outputs_of_the_model_itself(
    bilstm_archive: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(word_table, "MANY_SENTENCES", 3)
    model, reader = load(bilstm_archive)
    for count, key in ((3, "gates"), (2, "vectors")):
        sentences = samples.SENTENCES[:count]
        expected = model.factorize(*index_sentences(list(map(Sentence, sentences)), reader, model.vocab))
        student, encode = Student(archived(bilstm_archive)), WordTable.forward
        with patch.object(WordTable, "forward", autospec=True, side_effect=encode) as encoding:
            found = student([unit(sentence) for sentence in sentences], lambda _, found: list(found.marginals.tokens))
        torch.testing.assert_close(torch.stack(found), expected.marginals.tokens, rtol=0, atol=1e-6)
        [call] = encoding.call_args_list
        assert key in call.args[1]["words"]


@pytest.mark.parametrize("archive, sizes", [("bilstm_archive", [100]), ("ner_archive", [32, 32, 32, 4])])
def test_where_a_bilstm_reads_the_table_more_sentences_are_read_at_a_time(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, archive: str, sizes: List[int]
):
    monkeypatch.setattr(MaxEntTagger, "scored_words", 2)
    found: List[int] = []

    def reading(_: Any, distribution: Any) -> List[None]:
        found.append(len(distribution.mask))
        return [None] * found[-1]

    Student(archived(request.getfixturevalue(archive)))([unit(["a"])] * 100, reading)
    assert found == sizes


def test_a_bilstm_is_saved_with_its_weights(bilstm_archive: Path):
    student, before = Student(archived(bilstm_archive)), archived(bilstm_archive)
    assert student.model.encoder is None
    assert student.saved.weights.keys() == before.weights.keys()
    assert all(weight.equal(before.weights[name]) for name, weight in student.saved.weights.items())


def test_what_is_known_of_words_takes_no_more_than_the_bytes_it_may(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(word_table, "MAX_BYTES", 1000)
    monkeypatch.setattr(word_table, "MAX_WORDS", 100)
    vectors, gates = torch.zeros(1, 2), torch.zeros(1, 2, 4)
    assert KnownWords([vectors]).max_words == 100
    assert KnownWords([vectors, gates]).max_words == 1000 // 40
