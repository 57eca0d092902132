"""Encoders that a user might have registered."""

from allennlp.common import Lazy
from allennlp.modules import Seq2SeqEncoder
from allennlp.modules.seq2seq_encoders import LstmSeq2SeqEncoder, PassThroughEncoder

__all__ = ["CustomLstm", "LstmSeq2SeqEncoder", "NotAnEncoder", "WithLazyPart"]


@Seq2SeqEncoder.register("custom_lstm")
class CustomLstm(LstmSeq2SeqEncoder):
    """AllenNLP's, under another name."""


@Seq2SeqEncoder.register("with_lazy_part")
class WithLazyPart(PassThroughEncoder):
    """Constructs its part late."""

    def __init__(self, part: Lazy[Seq2SeqEncoder]) -> None:
        super().__init__(part.construct().get_input_dim())


class NotAnEncoder:
    """Of the same module."""
