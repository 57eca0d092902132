"""Each change to AllenNLP removes a symptom, which is shown first."""

import io
import pickle
import sys
import warnings
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Dict, NamedTuple
from unittest import mock

import numpy as np
import pytest
import torch
import transformers
from allennlp.common import Params, cached_transformers, util
from allennlp.common.checks import ConfigurationError
from allennlp.data import Vocabulary
from allennlp.models import Model
from allennlp.modules.seq2seq_encoders import GatedCnnEncoder
from allennlp.modules.token_embedders import TokenCharactersEncoder, TokenEmbedder
from allennlp.nn import util as nn_util
from allennlp.training import gradient_descent_trainer
from allennlp.training.callbacks.wandb import WandBCallback
from allennlp.training.learning_rate_schedulers import LearningRateScheduler
from allennlp.training.learning_rate_schedulers.pytorch_lr_schedulers import (
    ReduceOnPlateauLearningRateScheduler,
)
from allennlp.training.optimizers import HuggingfaceAdamWOptimizer
from torch.optim.lr_scheduler import ReduceLROnPlateau

import skd_plugin.models  # noqa: F401
from skd_plugin.compat import patches
from tests.tiny_transformer import save_tiny_transformer


@pytest.fixture
def optimizer() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)


@pytest.fixture
def no_safe_globals():
    """The types that `torch.load` builds, as torch ships them."""
    before = torch.serialization.get_safe_globals()
    torch.serialization.clear_safe_globals()
    yield
    torch.serialization.clear_safe_globals()
    torch.serialization.add_safe_globals(before)


@pytest.mark.parametrize("number", [np.cos(0.5), np.float32(0.5), np.float16(0.5), np.int64(3), np.bool_(True)])
def test_numpy_number_is_loaded(no_safe_globals, number):
    saved = io.BytesIO()
    torch.save({"lr": number}, saved)
    with pytest.raises(pickle.UnpicklingError, match="numpy._core.multiarray.scalar"):
        torch.load(io.BytesIO(saved.getvalue()))
    patches.trust_numpy_scalars()
    loaded = torch.load(io.BytesIO(saved.getvalue()))["lr"]
    assert loaded == number and loaded.dtype == number.dtype


def test_plateau_scheduler_reduces(optimizer):
    if "verbose" not in signature(ReduceLROnPlateau).parameters:  # before torch 2.7 it is
        with pytest.raises(TypeError, match="verbose"):
            ReduceOnPlateauLearningRateScheduler(optimizer)
    scheduler = LearningRateScheduler.by_name("reduce_on_plateau")(optimizer, patience=0, factor=0.5)
    scheduler.step(1.0)
    scheduler.step(1.0)
    assert optimizer.param_groups[0]["lr"] == 0.5


def test_tokenizer_of_a_transformer_is_loaded(tmp_path: Path):
    directory = save_tiny_transformer(tmp_path)
    with pytest.raises(AttributeError, match="add_special_tokens conflicts"):
        cached_transformers.get_tokenizer.__wrapped__(directory, add_special_tokens=False)
    tokenizer = cached_transformers.get_tokenizer(directory, add_special_tokens=False)
    assert tokenizer.tokenize("Anna moved") == ["anna", "move", "##d"]


@pytest.mark.parametrize(
    "filters", [{"type": "cnn", "ngram_filter_sizes": [2, 4]}, {"type": "cnn-highway", "filters": [[2, 3], [4, 3]]}]
)
def test_short_words_are_padded_to_the_widest_filter(filters):
    sizes = {"num_filters": 3} if filters["type"] == "cnn" else {"num_highway": 1, "projection_dim": 6}
    encoder = {"embedding_dim": 5, **sizes, **filters}
    embedding = {"embedding_dim": 5, "num_embeddings": 7}
    params = Params({"type": "character_encoding", "embedding": embedding, "encoder": encoder})
    embedder = TokenEmbedder.from_params(params, vocab=Vocabulary())
    words = torch.tensor([[[3, 4, 0], [2, 0, 0]]])
    with pytest.raises(RuntimeError, match="Kernel size: "):
        TokenCharactersEncoder.forward.__wrapped__(embedder, words)
    padded = torch.nn.functional.pad(words, (0, 1))
    torch.testing.assert_close(embedder(words), TokenCharactersEncoder.forward.__wrapped__(embedder, padded))


def test_a_tokenizer_has_the_method_that_allennlp_calls(tmp_path: Path):
    tokenizer = cached_transformers.get_tokenizer(save_tiny_transformer(tmp_path))
    assert tokenizer.encode_plus("Anna", add_special_tokens=False)["input_ids"] == [7]
    pair = tokenizer.encode_plus("a", "b", return_token_type_ids=True, return_attention_mask=False)
    assert pair == {"input_ids": [2, 5, 3, 6, 3], "token_type_ids": [0, 0, 0, 1, 1]}


def test_options_of_a_tokenizer_are_compared_without_dill():
    assert util.hash_object({"use_fast": True}) == util.hash_object({"use_fast": True})
    assert util.hash_object({"use_fast": True}) != util.hash_object({"use_fast": False})


@pytest.mark.parametrize("name, suggestion", [("skd-crf-tagger", True), ("skd_crf_tager", True), ("mine", False)])
def test_a_mistyped_name_is_told_the_right_one_without_nltk(name, suggestion):
    with pytest.raises(ConfigurationError) as refused:
        Model.by_name(name)
    assert ("did you mean 'skd_crf_tagger'" in str(refused.value)) == suggestion


def test_autocast_warnings_are_hidden_where_allennlp_causes_them():
    call = "torch.cuda.amp.autocast(False)"
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        exec(call, vars(gradient_descent_trainer))
        assert [warning.category for warning in shown] == [FutureWarning]
        patches.hide_deprecations()
        exec(call, vars(gradient_descent_trainer))
        assert len(shown) == 1
        exec(call, {"torch": torch, "__name__": "elsewhere"})
        assert len(shown) == 2


CAUSES = {"weight_norm": lambda: GatedCnnEncoder(4, [[[3, 4]]])}
if hasattr(transformers, "AdamW"):  # until 4.50
    CAUSES["AdamW"] = lambda: HuggingfaceAdamWOptimizer([("weight", torch.nn.Parameter(torch.zeros(1)))])


@pytest.mark.parametrize("cause", CAUSES.values(), ids=CAUSES)
def test_warnings_that_allennlp_causes_elsewhere_are_hidden(cause):
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        cause()
        assert {warning.category for warning in shown} == {FutureWarning}
        shown.clear()
        patches.hide_deprecations()
        cause()
        assert not shown


def test_words_are_not_visited_when_a_batch_is_moved(monkeypatch):
    visits = mock.Mock(wraps=nn_util.int_to_device)
    monkeypatch.setattr(nn_util, "int_to_device", visits)
    patched, allennlps = nn_util.move_to_device, nn_util.move_to_device.__wrapped__
    moved = {}
    for name, function, most in (("ours", patched, 50), ("AllenNLP's", allennlps, 800)):
        monkeypatch.setattr(nn_util, "move_to_device", function)
        batch = _batch_with_metadata()
        inner = batch["metadata"], batch["metadata"][0]["words"], batch["list"]
        moved[name] = function(batch, torch.device("meta"))
        assert moved[name] is batch
        assert inner == (batch["metadata"], batch["metadata"][0]["words"], batch["list"])
        assert most / 2 < visits.call_count < most
        visits.reset_mock()
    assert repr(moved["ours"]) == repr(moved["AllenNLP's"])
    assert repr(moved["ours"]).count("device='meta'") == repr(_batch_with_metadata()).count("tensor(")


def test_a_run_is_named_without_what_wandb_has_moved(tmp_path, monkeypatch):
    started = mock.Mock()
    wandb = SimpleNamespace(util=SimpleNamespace(), init=started, save=mock.Mock())
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    (tmp_path / "config.json").write_text("{}")
    callback = WandBCallback(str(tmp_path), watch_model=False)
    with pytest.raises(AttributeError, match="generate_id"):
        WandBCallback.on_start.__wrapped__(callback, None)
    callback.on_start(None)
    name = started.call_args.kwargs["id"]
    assert len(name) == 8 and callback.state_dict() == {"run_id": name}
    callback.on_start(None)
    assert started.call_args.kwargs["id"] == name


class Pair(NamedTuple):
    one: torch.Tensor
    other: str


def _batch_with_metadata() -> Dict[str, Any]:
    """Metadata as readers give them, and tensors in and beside everything that holds things."""
    metadata = [{"words": ["a"] * 30, "lines": [1, None], "path": "b", "pair": (1.5, True)} for _ in range(10)]
    one = torch.ones(1)
    collections = {"list": [one, one], "tuple": (one, 1), "named": Pair(one, "b"), "mixed": ["a", one, {"inner": one}]}
    return {"tokens": {"ids": {"tokens": one}}, "metadata": metadata, "number": 3, "empty": [], **collections}
