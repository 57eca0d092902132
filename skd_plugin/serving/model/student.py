"""A trained model as serving runs it: on batches of sentences of similar length, each read once."""

import os
from typing import Callable, List, Optional, Sequence, TypeVar

import torch
from allennlp.nn.util import move_to_device
from thinc.util import get_torch_default_device

from skd_plugin.archives import SavedModel, build
from skd_plugin.models import Parser, SpanNer, StructuredModel
from skd_plugin.serving.docs.units import Unit
from skd_plugin.serving.model.batches import batches
from skd_plugin.serving.model.indexing import Inputs, Sentence, indexed
from skd_plugin.serving.model.word_table import WordTable, by_word
from skd_plugin.structures import Factorization

T = TypeVar("T")
Reading = Callable[[StructuredModel, Factorization], List[T]]
"""What a component makes of the distributions over a batch of sentences: one thing a sentence."""


class Student:
    """
    # Parameters

    saved : `SavedModel`
        What is kept of the trained model. It runs where spaCy was told to (`spacy.require_gpu`).
    """

    def __init__(self, saved: SavedModel) -> None:
        loaded = build(saved)
        self._device: torch.device = get_torch_default_device()
        self._loaded_in = os.getpid()
        self._reader = loaded.reader
        self.model: StructuredModel = loaded.model.to(self._device)
        self._saved = saved._replace(weights=self.model.state_dict())
        if by_word(self.model.text_field_embedder, self._reader.token_indexers):
            table = WordTable(self.model.text_field_embedder, self._reader, self.model.vocab, self._device)
            self.model.text_field_embedder = table

    @property
    def saved(self) -> SavedModel:
        weights = {name: weight.cpu() for name, weight in self._saved.weights.items()}
        return self._saved._replace(weights=weights)

    def __call__(self, units: Sequence[Unit], reading: Reading[T]) -> List[T]:
        """What `reading` makes of each sentence, in their order."""
        prepare_process(self._device, self._loaded_in)
        results: List[Optional[T]] = [None] * len(units)
        quadratic = isinstance(self.model, (Parser, SpanNer))
        for batch in batches([len(unit.words) for unit in units], quadratic):
            with torch.inference_mode():
                inputs = self._inputs([units[index] for index in batch])
                found = reading(self.model, self.model.factorize(inputs.tokens, inputs.metadata))
            for index, result in zip(batch, found):
                results[index] = result
        return results  # type: ignore[return-value]  # every sentence is in one batch

    def _inputs(self, units: Sequence[Unit]) -> Inputs:
        # A tagger's reader would take what follows the words for gold.
        parses = isinstance(self.model, Parser)
        sentences = [Sentence(unit.words, (unit.upos,) if parses else ()) for unit in units]
        embedder = self.model.text_field_embedder
        if isinstance(embedder, WordTable):
            return embedder.inputs(sentences)
        inputs = indexed(sentences, self._reader, self.model.vocab)
        return Inputs(move_to_device(inputs.tokens, self._device), inputs.metadata)


def prepare_process(device: torch.device, loaded_in: int) -> None:
    """Makes a worker process that was forked after loading fit to run the model, or says why it cannot."""
    if os.getpid() == loaded_in:
        return
    if device.type == "cuda":
        raise RuntimeError(
            f"The model is on {device}, which a forked process cannot use. Run nlp.pipe with n_process=1, keep the "
            "model on the CPU (spacy.require_cpu() before loading), or start processes with "
            'multiprocessing.set_start_method("spawn").'
        )
    # More threads than one wait for ever for those that the parent had; and the workers share the cores anyway.
    torch.set_num_threads(1)
