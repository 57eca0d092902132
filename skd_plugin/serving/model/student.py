"""Runs a trained model on batches of sentences of similar length."""

import os
from typing import Callable, List, Optional, Sequence, TypeVar

import torch
from allennlp.nn.util import move_to_device
from thinc.util import get_torch_default_device

from skd_plugin.archives import SavedModel, build
from skd_plugin.models import Parser, StructuredModel
from skd_plugin.models.batches import LIMITS, LIMITS_WITH_TABLE, batches_by_length
from skd_plugin.modules import BiLstm
from skd_plugin.serving.docs.units import Unit
from skd_plugin.serving.model.forking import FORK_GUARD
from skd_plugin.serving.model.indexing import Inputs, Sentence, index_sentences
from skd_plugin.serving.model.word_table import MANY_SENTENCES, WordTable, ignores_context
from skd_plugin.structures import Factorization

T = TypeVar("T")
MAX_WORDS = 1000
"""The most words that are read as one sentence, unless fewer fill a batch."""

Reading = Callable[[StructuredModel, Factorization], List[T]]
"""What a component takes from the distribution over a batch of sentences: one result per sentence."""


class Student:
    """
    A trained model, on the device that spaCy uses (see `spacy.require_gpu`).

    # Parameters

    saved : `SavedModel`
    """

    def __init__(self, saved: SavedModel) -> None:
        loaded = build(saved)
        self._device: torch.device = get_torch_default_device()
        self._process = os.getpid()
        self._reader = loaded.reader
        self.model: StructuredModel = loaded.model.to(self._device)
        self._saved = saved._replace(weights=self.model.state_dict())
        self._limits = LIMITS
        if ignores_context(self.model.text_field_embedder, self._reader.token_indexers):
            self._use_word_table()

    @property
    def saved(self) -> SavedModel:
        """The model as it was saved, with its weights on the CPU."""
        weights = {name: weight.cpu() for name, weight in self._saved.weights.items()}
        return self._saved._replace(weights=weights)

    @property
    def max_words(self) -> int:
        """The most words that the model reads as one sentence, unless a component is told another number."""
        return min(MAX_WORDS, LIMITS[self.model.scored_words].words)

    def __call__(self, units: Sequence[Unit], reading: Reading[T]) -> List[T]:
        """The result of `reading` for each sentence, in the order of the units."""
        prepare_process(self._device, self._process)
        results: List[Optional[T]] = [None] * len(units)
        lengths = [len(unit.forms) for unit in units]
        for batch in batches_by_length(lengths, self.model.scored_words, limits=self._limits):
            with FORK_GUARD.computing(), torch.inference_mode():
                inputs = self._inputs([units[index] for index in batch], units)
                readings = reading(self.model, self.model.factorize(inputs.tokens, inputs.metadata))
            for index, result in zip(batch, readings):
                results[index] = result
        return results  # type: ignore[return-value]  # every sentence is in one batch

    def distribution(self, units: Sequence[Unit]) -> Factorization:
        """The distribution over the structures of these sentences, as one batch. No gradient is kept."""
        prepare_process(self._device, self._process)
        with FORK_GUARD.computing(), torch.no_grad():
            inputs = self._inputs(units)
            return self.model.factorize(inputs.tokens, inputs.metadata)

    def _use_word_table(self) -> None:
        model, encoder = self.model, None
        many = LIMITS_WITH_TABLE[model.scored_words].sentences >= MANY_SENTENCES
        if many and self._device.type == "cpu" and type(model.encoder) is BiLstm:
            encoder, model.encoder = model.encoder, None
            self._limits = LIMITS_WITH_TABLE
        model.text_field_embedder = WordTable(
            model.text_field_embedder, self._reader, model.vocab, self._device, encoder
        )

    def _inputs(self, units: Sequence[Unit], upcoming: Sequence[Unit] = ()) -> Inputs:
        embedder = self.model.text_field_embedder
        if isinstance(embedder, WordTable):
            return embedder.inputs(units, upcoming)
        # The reader of a tagger would take a second argument for the gold labels.
        is_parser = isinstance(self.model, Parser)
        sentences = [Sentence(unit.words, (unit.upos,) if is_parser else ()) for unit in units]
        inputs = index_sentences(sentences, self._reader, self.model.vocab)
        return Inputs(move_to_device(inputs.tokens, self._device), inputs.metadata)


def prepare_process(device: torch.device, process_id: int) -> None:
    """Prepares a process that was forked after the model was loaded. Raises `RuntimeError` if that cannot work."""
    if os.getpid() == process_id:
        return
    if device.type == "cuda":
        raise RuntimeError(
            f"The model is on {device}, which a forked process cannot use. Run nlp.pipe with n_process=1, keep the "
            "model on the CPU (spacy.require_cpu() before loading), or start processes with "
            'multiprocessing.set_start_method("spawn").'
        )
    # With more threads torch would wait forever for the parent's threads. The workers share the cores anyway.
    torch.set_num_threads(1)
