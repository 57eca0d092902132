"""Tiny models on the real fixtures."""

from typing import Any, Callable, Dict, List

import pytest
import torch
from allennlp.common import Params
from allennlp.data import Batch, Instance, Vocabulary
from allennlp.models import Model

import skd_plugin.data  # noqa: F401
import skd_plugin.models  # noqa: F401
from skd_plugin.data import ConllNer, Dependencies


@pytest.fixture(scope="session")
def instances() -> List[Instance]:
    """Labelled and unlabelled sentences."""
    paths = {"labelled": "fixtures/ner.conll", "unlabelled": "fixtures/unlabelled.txt"}
    return list(ConllNer().read(paths))


@pytest.fixture(scope="session")
def vocab(instances: List[Instance]) -> Vocabulary:
    return Vocabulary.from_instances(instances)


@pytest.fixture
def batch(instances: List[Instance], vocab: Vocabulary) -> Dict[str, Any]:
    """What a data loader gives the model, all sentences in one padded batch."""
    dataset = Batch(instances)
    dataset.index_instances(vocab)
    return dataset.as_tensor_dict()


@pytest.fixture
def build(vocab: Vocabulary) -> Callable[..., Model]:
    """`build(name, **parameters)`: a tiny model in evaluation mode, the same at every call."""
    default = vocab

    def build(name: str, vocab: Vocabulary = default, **parameters: Any) -> Model:
        torch.manual_seed(0)
        embedder = {"token_embedders": {"tokens": {"type": "embedding", "embedding_dim": 6}}}
        params = Params({"type": name, "text_field_embedder": embedder, **parameters})
        return Model.from_params(params, vocab=vocab).eval()

    return build


@pytest.fixture(params=["skd_maxent_tagger", "skd_crf_tagger", "skd_span_ner"])
def tagger(request: pytest.FixtureRequest, build: Callable[..., Model]) -> Model:
    """A model whose output is tags."""
    return build(request.param)


PARSERS = {
    "skd_biaffine_parser": {"arc_dim": 4, "relation_dim": 3},
    "skd_second_order_parser": {"arc_dim": 4, "relation_dim": 3, "rank": 3},
    "skd_tagging_parser": {},
}


@pytest.fixture(scope="session")
def trees() -> List[Instance]:
    """Trees and unlabelled sentences."""
    paths = {"labelled": "fixtures/trees.conllu", "unlabelled": "fixtures/unlabelled.txt"}
    return list(Dependencies(encoding="relative_offset").read(paths))


@pytest.fixture(scope="session")
def tree_vocab(trees: List[Instance]) -> Vocabulary:
    return Vocabulary.from_instances(trees)


@pytest.fixture
def tree_batch(trees: List[Instance], tree_vocab: Vocabulary) -> Dict[str, Any]:
    dataset = Batch(trees)
    dataset.index_instances(tree_vocab)
    return dataset.as_tensor_dict()


@pytest.fixture
def build_parser(build: Callable[..., Model], tree_vocab: Vocabulary) -> Callable[..., Model]:
    """`build_parser(name, **parameters)`: a tiny parser in evaluation mode."""

    def build_parser(name: str, **parameters: Any) -> Model:
        return build(name, **{"vocab": tree_vocab, **PARSERS[name], **parameters})

    return build_parser


@pytest.fixture(params=sorted(PARSERS))
def parser(request: pytest.FixtureRequest, build_parser: Callable[..., Model]) -> Model:
    return build_parser(request.param)
