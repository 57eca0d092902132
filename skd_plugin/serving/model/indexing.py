"""Turns sentences into a model's input tensors with the model's own reader, which works for every model."""

from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

from allennlp.data.batch import Batch
from allennlp.data.fields.text_field import TextFieldTensors
from allennlp.data.instance import Instance
from allennlp.data.vocabulary import Vocabulary

from skd_plugin.data.readers.sentence_reader import SentenceReader
from skd_plugin.models.gold import Metadata


class Sentence(NamedTuple):
    """The arguments of a reader: words and, for parsers, their UPOS tags, None for a word without one."""

    words: List[str]
    upos: Tuple[Optional[List[Optional[str]]], ...] = ()


class Inputs(NamedTuple):
    """The arguments of a model's `factorize`."""

    tokens: TextFieldTensors
    metadata: Metadata


def index_sentences(sentences: Sequence[Sentence], reader: SentenceReader, vocab: Vocabulary) -> Inputs:
    """The padded batch of the sentences, on the CPU."""
    batch = Batch([_instance(sentence, reader) for sentence in sentences])
    batch.index_instances(vocab)
    tensors: Any = batch.as_tensor_dict()
    return Inputs(tensors["tokens"], tensors.get("metadata"))


def _instance(sentence: Sentence, reader: SentenceReader) -> Instance:
    upos: Any = sentence.upos
    instance = reader.text_to_instance(sentence.words, *upos)
    reader.apply_token_indexers(instance)
    return instance
