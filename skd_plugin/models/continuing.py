"""Continuing the training of a model (`from_archive`) on data with new labels."""

import functools
import logging
from typing import Any, Dict, List, Set, Tuple, cast

import torch
from allennlp.common import Params
from allennlp.common.params import remove_keys_from_params
from allennlp.data import Vocabulary
from allennlp.models.archival import load_archive
from allennlp.models.model import Model

from skd_plugin.compat.continuing import standalone_section
from skd_plugin.models.structured_model import StructuredModel

logger = logging.getLogger(__name__)

_KEPT = ("text_field_embedder", "encoder", "feedforward")


def extend_continued_models() -> None:
    """
    Lets `Model.from_archive` extend the models of this plugin for new labels, and the vocabulary that is saved.

    AllenNLP extends the embeddings only, so that a new label has no scores. And it saves the vocabulary of the new
    data, though the model has the old one with the new words at its end; unless the config says `extend`, these differ.
    """
    original = Model.from_archive.__func__  # type: ignore[attr-defined]

    @functools.wraps(original)
    def from_archive(cls: type, archive_file: str, vocab: Vocabulary = None) -> Model:  # type: ignore[assignment]
        model = load_archive(archive_file).model
        if vocab is None:
            return model
        before = _labels(model.vocab)
        model.vocab.extend_from_vocab(vocab)
        vars(vocab).update(vars(model.vocab))
        model.extend_embedder_vocab()
        new = sorted(": ".join(label) for label in _labels(model.vocab) - before)
        if not new or not isinstance(model, StructuredModel):
            return model
        logger.info("The model of %s is extended for new labels: %s.", archive_file, ", ".join(new))
        return extended(model, standalone_section({"type": "from_archive", "archive_file": archive_file}))

    Model.from_archive = classmethod(from_archive)  # type: ignore[assignment]


def extended(model: StructuredModel, section: Dict[str, Any]) -> StructuredModel:
    """
    The model for the labels that its vocabulary has now. It knows the old ones as before.

    The parameters of the new labels start as those of a new model do, without the `initializer` of its config.

    # Parameters

    model : `StructuredModel`
        A trained model, whose vocabulary got more labels afterwards, behind the old ones.
    section : `Dict[str, Any]`
        The section of the config that it was made from.
    """
    parts = {name: getattr(model, name) for name in _KEPT if getattr(model, name) is not None}
    params = Params({name: value for name, value in section.items() if name not in parts})
    remove_keys_from_params(params)
    new = cast(StructuredModel, Model.from_params(params, vocab=model.vocab, **parts))
    known = model.state_dict()
    with torch.no_grad():
        for name, value in new.state_dict().items():
            _copy(known[name], value)
    return new


def _copy(known: torch.Tensor, value: torch.Tensor) -> None:
    """Copies to the beginning of each axis: there are the old labels. A scorer of one label has no axis for it."""
    if known.dim() < value.dim():
        known = known.unsqueeze(0)
    value[tuple(map(slice, known.shape))] = known


def _labels(vocab: Vocabulary) -> Set[Tuple[str, str]]:
    """Every label with its namespace."""
    namespaces: List[str] = [name for name in vocab.get_namespaces() if not vocab.is_padded(name)]
    return {(name, label) for name in namespaces for label in vocab.get_token_to_index_vocabulary(name)}
