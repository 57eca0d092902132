"""The base class of all models, and their only `forward`: from text to a factorization, a loss and predictions."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Dict, NamedTuple, Optional

import torch
from allennlp.common.lazy import Lazy
from allennlp.data import TextFieldTensors, Vocabulary
from allennlp.models.model import Model
from allennlp.modules.feedforward import FeedForward
from allennlp.modules.seq2seq_encoders import Seq2SeqEncoder
from allennlp.modules.text_field_embedders import TextFieldEmbedder
from allennlp.nn.util import get_text_field_mask
from torch import Tensor

from skd_plugin.compat.options import check_range
from skd_plugin.models.dimensions import construct_on
from skd_plugin.models.gold import Fields, Gold, GoldCrossEntropy, Metadata, Objective
from skd_plugin.structures import Factorization

TEMPERATURES = (0.01, 1000)
"""Beyond these, scores that are divided by a temperature leave no exact digits in float32."""


class EncodedWords(NamedTuple):
    """The words of a batch: `words` of shape (batch, n, features), `mask` bool of shape (batch, n)."""

    words: Tensor
    mask: Tensor


class StructuredModel(Model, ABC):
    """
    A model that turns a sentence into a distribution over structures.

    A subclass defines the distribution (`untempered`), the gold structures in its parts (`gold`), and the output made
    of the best structures (`decode`).

    The loss of a training batch is `self.objective(factorization, gold, metadata)`, which is gold cross-entropy unless
    a distiller sets another objective. In evaluation the loss is always gold cross-entropy, and the objective only
    observes.

    # Parameters

    vocab : `Vocabulary`
    text_field_embedder : `TextFieldEmbedder`
    encoder : `Seq2SeqEncoder`, optional (default = `None`)
        Contextualizes the embedded words. Without it they stay as they are. Its configuration need not say the size
        of its input (`input_size`, or `input_dim`), which is that of the embedded words.
    feedforward : `FeedForward`, optional (default = `None`)
        Applied to each encoded word. Its configuration need not say its `input_dim` either.
    dropout : `float`, optional (default = `0.0`)
        Applied to the embedded words and to the encoded ones.
    decode_in_training : `bool`, optional (default = `False`)
        Whether training batches are decoded too, which gives metrics on the training set.
    temperature : `float`, optional (default = `1.0`)
        What the scores are divided by, everywhere: in training, in evaluation and where the model teaches. `allennlp
        skd-calibrate` finds the one with which the probabilities are right.
    """

    objective: Objective

    scored_words: ClassVar[int] = 1
    """
    How many words a score is about: 1 for tags of words, 2 for arcs or spans, 3 for siblings. The memory for a sentence
    of n words grows with n to this power.
    """

    def __init__(
        self,
        vocab: Vocabulary,
        text_field_embedder: TextFieldEmbedder,
        encoder: Optional[Lazy[Seq2SeqEncoder]] = None,
        feedforward: Optional[Lazy[FeedForward]] = None,
        dropout: float = 0.0,
        decode_in_training: bool = False,
        temperature: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(vocab, **kwargs)
        check_range("`temperature`", temperature, *TEMPERATURES)
        self.text_field_embedder = text_field_embedder
        embedded_dim = text_field_embedder.get_output_dim()
        self.encoder, encoded_dim = construct_on(embedded_dim, encoder, "encoder")
        self.feedforward, self.encoded_dim = construct_on(encoded_dim, feedforward, "feedforward")
        self.dropout = torch.nn.Dropout(dropout)
        self.decode_in_training = decode_in_training
        self.temperature = temperature
        self.objective = GoldCrossEntropy()

    @abstractmethod
    def untempered(self, tokens: TextFieldTensors, metadata: Metadata = None) -> Factorization:
        """
        The distribution that the scores of each sentence define, from its text, and its tags if the model reads them.
        """

    @abstractmethod
    def gold(self, factorization: Factorization, fields: Fields, metadata: Metadata = None) -> Optional[Gold]:
        """
        The gold structures in the factorization's part space, from the other fields of the batch; None if they are
        absent.

        `metadata` has the words, which the errors about unusable gold quote.
        """

    @abstractmethod
    def decode(self, factorization: Factorization, fields: Fields, metadata: Metadata) -> Dict[str, Any]:
        """The best structures, or others, as outputs. If there is gold, the metrics are updated with them."""

    def factorize(self, tokens: TextFieldTensors, metadata: Metadata = None) -> Factorization:
        """The model's distribution over the structures of each sentence: that of its scores, at its temperature."""
        distribution = self.untempered(tokens, metadata)
        if self.temperature == 1:
            return distribution
        with torch.autocast(distribution.mask.device.type, enabled=False):
            return distribution.tempered(self.temperature)

    def decode_best(self, factorization: Factorization, fields: Fields, metadata: Metadata) -> Dict[str, Any]:
        """As `decode`, always with `factorization.argmax`. A model may have an option that chooses other structures."""
        return self.decode(factorization, fields, metadata)

    def forward(  # type: ignore[override]  # the fields of a batch are passed by name
        self, tokens: TextFieldTensors, metadata: Metadata = None, **fields: Any
    ) -> Dict[str, Any]:
        """
        # Parameters

        tokens : `TextFieldTensors`
        metadata : `List[Dict[str, Any]]`, optional (default = `None`)
            The "words" of each sentence, and what else the reader gives.
        fields : `Any`
            The gold fields of the reader, which are absent in prediction, and −1 at every word of a sentence without
            gold.

        # Returns

        A dictionary of `mask` (batch, n), `loss` if there is gold, the output of `decode` in evaluation, and `words` if
        there is metadata.
        """
        factorization = self.factorize(tokens, metadata)
        output: Dict[str, Any] = {"mask": factorization.mask}
        # Autocast would run matrix products of probabilities in half precision.
        with torch.autocast(factorization.mask.device.type, enabled=False):
            gold = self.gold(factorization, fields, metadata)
            if gold is not None:
                objective = self.objective if self.training else GoldCrossEntropy()
                output["loss"] = objective(factorization, gold, metadata)
            if not self.training:
                self.objective.observe(factorization, metadata)
            if self.decode_in_training or not self.training:
                output.update(self.decode(factorization, fields, metadata))
        if metadata is not None:
            output["words"] = [sentence["words"] for sentence in metadata]
        return output

    def encode(self, tokens: TextFieldTensors) -> EncodedWords:
        """The words as the scorers read them: embedded, encoded, and transformed by the feedforward layers."""
        mask = get_text_field_mask(tokens)
        words = self.dropout(self.text_field_embedder(tokens))
        if self.encoder is not None:
            words = self.dropout(self.encoder(words, mask))
        if self.feedforward is not None:
            words = self.feedforward(words)
        return EncodedWords(words, mask)

    def get_metrics(self, reset: bool = False) -> Dict[str, float]:
        return self.objective.get_metrics(reset)
