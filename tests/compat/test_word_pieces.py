"""Words on a transformer: each sentence has vectors, whatever its length; most have those of AllenNLP's classes."""

from pathlib import Path
from typing import Any, Dict, List, Sequence

import pytest
import spacy
import torch
from allennlp.common.checks import ConfigurationError
from allennlp.data import Batch, Instance, Token, Vocabulary
from allennlp.data.fields import TextField
from allennlp.data.token_indexers import PretrainedTransformerMismatchedIndexer, TokenIndexer
from allennlp.modules.token_embedders import PretrainedTransformerMismatchedEmbedder, TokenEmbedder
from allennlp.predictors import Predictor
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from transformers import (
    BertConfig,
    BertModel,
    BertTokenizerFast,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
)

import skd_plugin.plugin  # noqa: F401
from skd_plugin.compat.word_pieces import WordPieceEmbedder, WordPieceIndexer
from tests.archives.tampering import Archive
from tests.teachers import loaded
from tests.tiny_transformer import WORD_PIECES, save_tiny_transformer
from tests.trained import Trained

POSITIONS = 10
SIZES = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
NOTHING = "\u200b"  # no word piece
SHORT = ["Anna", "moved", "to"]
LONG = ["Anna", "moved", "to", "Oslo", "."] * 5


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A BERT with few positions."""
    folder = tmp_path_factory.mktemp("bert")
    save_tiny_transformer(folder)
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(WORD_PIECES), max_position_embeddings=POSITIONS, **SIZES)
    BertModel(config).save_pretrained(folder)
    return str(folder)


def vectors(
    sentences: Sequence[List[str]], name: str, kinds: Any = (WordPieceIndexer, WordPieceEmbedder), **options: Any
) -> List[torch.Tensor]:
    """The vectors of the words of each sentence; options that begin with `indexer_` are the indexer's alone."""
    at_indexer = {key.removeprefix("indexer_"): value for key, value in options.items() if key.startswith("indexer_")}
    at_embedder = {key: value for key, value in options.items() if not key.startswith("indexer_")}
    indexer, embedder = kinds[0](name, **at_indexer), kinds[1](name, **at_embedder)
    fields = [TextField([Token(word) for word in words], {"tokens": indexer}) for words in sentences]
    batch = Batch([Instance({"tokens": field}) for field in fields])
    batch.index_instances(Vocabulary())
    tensors: Dict[str, Any] = batch.as_tensor_dict()["tokens"]["tokens"]
    with torch.inference_mode():
        encoded = embedder.eval()(**tensors)
    assert encoded.shape[:2] == tensors["mask"].shape
    return [row[: len(words)] for row, words in zip(encoded, sentences)]


def assert_close(found: Sequence[torch.Tensor], expected: Sequence[torch.Tensor]) -> None:
    for these, those in zip(found, expected, strict=True):
        torch.testing.assert_close(these, those, atol=1e-5, rtol=1e-5)


def bracketed(tokenizer: PreTrainedTokenizerFast, ids: List[int]) -> List[int]:
    return [tokenizer.cls_token_id, *ids, tokenizer.sep_token_id]


def test_they_have_the_names_in_archives():
    assert TokenIndexer.by_name("pretrained_transformer_mismatched") is WordPieceIndexer
    assert TokenEmbedder.by_name("pretrained_transformer_mismatched") is WordPieceEmbedder


@pytest.mark.parametrize("sub_token_mode", ["avg", "first"])
@pytest.mark.parametrize("max_length", [3, 4, 7, 8, POSITIONS])
def test_vectors_are_those_of_allennlp(
    bert: str, max_length: int, sub_token_mode: str, monkeypatch: pytest.MonkeyPatch
):
    if not hasattr(PreTrainedTokenizerFast, "build_inputs_with_special_tokens"):
        # Transformers 5 has removed it, so AllenNLP's indexer cannot fold there.
        monkeypatch.setattr(PreTrainedTokenizerFast, "build_inputs_with_special_tokens", bracketed, raising=False)
    sentences = [SHORT, LONG, LONG[:6], ["a"], LONG[:13], LONG[:12]]
    theirs = (PretrainedTransformerMismatchedIndexer, PretrainedTransformerMismatchedEmbedder)
    options = {"max_length": max_length, "indexer_max_length": max_length, "sub_token_mode": sub_token_mode}
    assert_close(vectors(sentences, bert, **options), vectors(sentences, bert, theirs, **options))


@pytest.mark.parametrize("max_length", [None, 3, 4, 8])
@pytest.mark.parametrize(
    "others", [[], [SHORT], [SHORT, LONG]], ids=["alone", "beside a short one", "beside a long one"]
)
def test_a_sentence_without_word_pieces_has_vectors(bert: str, others: List[List[str]], max_length: Any):
    sentences = [[NOTHING], *others, [NOTHING, "\ufe0f", "\x01"]]
    found = vectors(sentences, bert, max_length=max_length, indexer_max_length=max_length)
    assert not found[0].any() and not found[-1].any()
    assert_close(found[1:-1], vectors(others, bert, max_length=max_length) if others else [])


def test_it_has_none_from_allennlp(bert: str):
    theirs = (PretrainedTransformerMismatchedIndexer, PretrainedTransformerMismatchedEmbedder)
    with pytest.raises(RuntimeError, match="max"):
        vectors([[NOTHING]], bert, theirs, max_length=8, indexer_max_length=8)


@pytest.mark.parametrize("sub_token_mode", ["avg", "first"])
@pytest.mark.parametrize("place", [0, 2, 25])
@pytest.mark.parametrize("max_length", [None, 5])
def test_a_word_without_word_pieces_changes_no_other(bert: str, max_length: Any, place: int, sub_token_mode: str):
    options = {"max_length": max_length, "sub_token_mode": sub_token_mode}
    [found] = vectors([[*LONG[:place], NOTHING, *LONG[place:]]], bert, **options)
    assert not found[place].any()
    assert_close([torch.cat([found[:place], found[place + 1 :]])], vectors([LONG], bert, **options))


def test_without_max_length_the_positions_are_the_limit(bert: str):
    theirs = (PretrainedTransformerMismatchedIndexer, PretrainedTransformerMismatchedEmbedder)
    with pytest.raises(RuntimeError, match="must match"):
        vectors([LONG], bert, theirs)
    whole = vectors([SHORT, LONG], bert)
    assert_close(whole, vectors([SHORT, LONG], bert, max_length=POSITIONS))
    assert_close(whole, vectors([SHORT, LONG], bert, max_length=1000, indexer_max_length=1000))


@pytest.mark.parametrize(
    "options", [{"max_length": 6}, {"indexer_max_length": 6}, {"max_length": 9, "indexer_max_length": 6}]
)
def test_max_length_in_one_place_is_enough(bert: str, options: Dict[str, int]):
    both = vectors([LONG, SHORT], bert, max_length=6, indexer_max_length=6)
    assert_close(vectors([LONG, SHORT], bert, **options), both)


@pytest.mark.parametrize("kind", [WordPieceIndexer, WordPieceEmbedder])
@pytest.mark.parametrize("max_length", [-1, 0, 2])
def test_max_length_that_leaves_no_word_piece_is_refused(bert: str, kind: Any, max_length: int):
    with pytest.raises(ConfigurationError, match=f"is {max_length}, expected more than its 2 special tokens.*such as"):
        kind(bert, max_length=max_length)


def test_unknown_sub_token_mode_is_refused(bert: str):
    with pytest.raises(ConfigurationError, match="`sub_token_mode` is 'last', expected 'avg' or 'first'"):
        WordPieceEmbedder(bert, sub_token_mode="last")


def test_positions_that_begin_after_the_paddings(tmp_path: Path):
    save_tiny_transformer(tmp_path)
    torch.manual_seed(0)
    # The padding has the id 0, so the first position is 1.
    config = RobertaConfig(vocab_size=len(WORD_PIECES), pad_token_id=0, max_position_embeddings=POSITIONS + 1, **SIZES)
    RobertaModel(config).save_pretrained(tmp_path)
    found = vectors([LONG, SHORT], str(tmp_path))
    assert_close(found, vectors([LONG, SHORT], str(tmp_path), max_length=POSITIONS))
    assert not torch.allclose(found[0], vectors([LONG], str(tmp_path), max_length=POSITIONS - 1)[0], atol=1e-3)


def test_a_tokenizer_without_special_tokens(tmp_path: Path):
    pieces = Tokenizer(WordPiece({piece: i for i, piece in enumerate(WORD_PIECES)}, unk_token="[UNK]"))
    pieces.normalizer = BertTokenizerFast(save_vocabulary(tmp_path)).backend_tokenizer.normalizer
    PreTrainedTokenizerFast(tokenizer_object=pieces, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(tmp_path)
    config = BertConfig(vocab_size=len(WORD_PIECES), max_position_embeddings=POSITIONS, **SIZES)
    BertModel(config).save_pretrained(tmp_path)
    found = vectors([[NOTHING], SHORT, LONG], str(tmp_path))
    assert not found[0].any()
    assert_close(found[1:2], vectors([SHORT], str(tmp_path)))
    assert not vectors([[NOTHING]], str(tmp_path))[0].any()


def save_vocabulary(folder: Path) -> str:
    (folder / "vocab.txt").write_text("\n".join(WORD_PIECES), encoding="utf-8")
    return str(folder / "vocab.txt")


@pytest.mark.slow
@pytest.mark.parametrize("max_length", [None, 8])
@pytest.mark.parametrize("words", [[NOTHING], ["Anna", NOTHING], ["moved"] * 600], ids=["none", "some", "too many"])
def test_predictors_teachers_and_components_read_every_sentence(
    trained: Trained, tmp_path: Path, words: List[str], max_length: Any
):
    archive = Archive.of(trained("transformer"), tmp_path)
    for place in ("dataset_reader.token_indexers", "model.text_field_embedder.token_embedders"):
        archive.put(f"{place}.tokens.max_length", max_length)
    path = archive.packed()
    assert len(Predictor.from_path(path).predict_json({"words": words})["tags"]) == len(words)
    first, second = loaded(path).read([tuple(words), ("Anna",)])
    assert first.mask.sum() == len(words) and second.mask.sum() == 1
    nlp = spacy.blank("en")
    nlp.add_pipe("skd_ner", config={"archive": str(path)})
    assert len(nlp(spacy.tokens.Doc(nlp.vocab, words=words)).spans["skd"].attrs["scores"]) >= 0
