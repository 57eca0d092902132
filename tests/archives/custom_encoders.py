"""Encoders and an embedder that a user might have registered."""

from typing import Any

from allennlp.common import Lazy
from allennlp.modules import Seq2SeqEncoder, TokenEmbedder
from allennlp.modules.seq2seq_encoders import LstmSeq2SeqEncoder, PassThroughEncoder
from allennlp.modules.token_embedders import PretrainedTransformerMismatchedEmbedder

__all__ = ["CustomLstm", "LstmSeq2SeqEncoder", "NotAnEncoder", "Unsaved", "WithLazyPart"]


@Seq2SeqEncoder.register("custom_lstm")
class CustomLstm(LstmSeq2SeqEncoder):
    """AllenNLP's LSTM under another name."""


@Seq2SeqEncoder.register("with_lazy_part")
class WithLazyPart(PassThroughEncoder):
    """An encoder that constructs its part late."""

    def __init__(self, part: Lazy[Seq2SeqEncoder]) -> None:
        super().__init__(part.construct().get_input_dim())


@TokenEmbedder.register("unsaved")
class Unsaved(PretrainedTransformerMismatchedEmbedder):
    """An embedder whose weights are not saved."""

    def state_dict(self, *arguments: Any, **options: Any) -> Any:
        return {}


class NotAnEncoder:
    """A class of this module that is not an encoder."""
