"""Builds a stage of a model on the one before it, which says how large its input is."""

from typing import Any, Iterator, Optional, Tuple, TypeVar, Union

from allennlp.common.checks import check_dimensions_match
from allennlp.common.lazy import Lazy
from allennlp.common.params import Params
from allennlp.modules.feedforward import FeedForward
from allennlp.modules.seq2seq_encoders import Seq2SeqEncoder

Stage = TypeVar("Stage", Seq2SeqEncoder, FeedForward)

INPUT_SIZES = ("input_size", "input_dim")
"""What AllenNLP's encoders and feedforward layers call the size of their input."""


def construct_on(size: int, stage: Optional[Union[Stage, Lazy[Stage]]], name: str) -> Tuple[Optional[Stage], int]:
    """
    The stage, and the size of its output. Without a stage, this is the size of the input.

    # Parameters

    size : `int`
        The size of the stage's input, which its configuration may leave out.
    stage : `Lazy[Stage]`, or a module that is there already
    name : `str`
        What a mismatch of the sizes is reported as.

    Raises `ConfigurationError` if the stage has another input size.
    """
    if stage is None:
        return None, size
    if isinstance(stage, Lazy):
        # AllenNLP would warn of a size that is both given here and in the configuration.
        given = set(_keys(stage._params)) & set(INPUT_SIZES)
        stage = stage.construct(**({} if given else dict.fromkeys(INPUT_SIZES, size)))
    check_dimensions_match(size, stage.get_input_dim(), f"input to the {name}", f"{name} input dim")
    return stage, stage.get_output_dim()


def _keys(section: Any) -> Iterator[str]:
    """The keys of a section of the configuration, and of all sections inside it."""
    if isinstance(section, Params):
        section = section.params
    if isinstance(section, dict):
        yield from section
    for inner in section.values() if isinstance(section, dict) else section if isinstance(section, list) else ():
        yield from _keys(inner)
