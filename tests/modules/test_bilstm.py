"""The BiLSTM without packing against the packed one, from a table of gates, on padding, half precise, and exported."""

from typing import List, Tuple

import pytest
import torch
from allennlp.common import Lazy, Params
from allennlp.common.checks import ConfigurationError
from allennlp.modules.seq2seq_encoders import Seq2SeqEncoder
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from skd_plugin.models.dimensions import construct_on
from skd_plugin.modules import BiLstm

INPUT, HIDDEN = 5, 3
LENGTHS = [[4], [1], [3, 1, 6, 6, 2], [2, 0, 5, 1, 0]]
"""For each batch the lengths of its sentences. In the last one the padding is longer than it has to be."""


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
@pytest.mark.parametrize("num_layers", [1, 3])
def test_outputs_and_gradients_are_those_of_a_packed_lstm(num_layers: int, lengths: List[int]) -> None:
    torch.manual_seed(1)
    packed = torch.nn.LSTM(INPUT, HIDDEN, num_layers, batch_first=True, bidirectional=True).double()
    torch.manual_seed(1)
    ours = BiLstm(INPUT, HIDDEN, num_layers).double()
    inputs, mask = batch(lengths)
    weights = torch.randn(*mask.shape, 2 * HIDDEN, dtype=torch.float64)

    expected_inputs = inputs.clone().requires_grad_()
    expected = with_packing(packed, expected_inputs, mask)
    (expected * weights).sum().backward()
    inputs.requires_grad_()
    found = ours(inputs, mask)
    (found * weights).sum().backward()

    assert_close(found, expected)
    assert_close(inputs.grad, expected_inputs.grad)
    for parameter, expected_parameter in zip(ours.parameters(), in_order(packed), strict=True):
        assert_close(parameter, expected_parameter)
        assert_close(parameter.grad, expected_parameter.grad)


@pytest.mark.parametrize("lengths", [*LENGTHS, [0, 0]], ids=str)
@pytest.mark.parametrize("num_layers", [1, 3])
def test_from_the_gates_of_known_words_come_the_same_outputs(num_layers: int, lengths: List[int]) -> None:
    ours = BiLstm(INPUT, HIDDEN, num_layers).double().eval()
    _, mask = batch(lengths)
    words, ids = torch.randn(7, INPUT, dtype=torch.float64), torch.randint(7, mask.shape)
    with torch.no_grad():
        assert_close(ours.encode_known_words(ours.gates(words), ids, mask), ours(words[ids], mask))


def test_large_gates_of_known_words_are_as_exact() -> None:
    ours = BiLstm(INPUT, HIDDEN).eval()
    words, mask = 100 * torch.randn(9, INPUT), torch.ones(4, 6, dtype=torch.bool)
    ids = torch.randint(9, mask.shape)
    with torch.no_grad():
        found = ours.encode_known_words(ours.gates(words), ids, mask)
        assert torch.allclose(found, ours(words[ids], mask), rtol=0, atol=1e-6)


def test_nothing_at_padding_is_read_and_the_outputs_there_are_zero() -> None:
    ours = BiLstm(INPUT, HIDDEN, num_layers=2)
    inputs, mask = batch([3, 0, 5])
    inputs = inputs.float()
    spoiled = inputs.masked_fill(~mask.unsqueeze(-1), torch.nan)
    found = ours(spoiled, mask)
    found.sum().backward()

    assert torch.equal(found, ours(inputs, mask))
    assert not found[~mask].any()
    assert all(parameter.grad.isfinite().all() for parameter in ours.parameters())


def test_without_a_mask_there_is_no_padding() -> None:
    ours = BiLstm(INPUT, HIDDEN)
    inputs = torch.randn(2, 4, INPUT)
    assert torch.equal(ours(inputs), ours(inputs, torch.ones(2, 4, dtype=torch.bool)))


def test_dropout_is_between_layers_and_in_training_alone() -> None:
    inputs, mask = batch([3, 2])
    inputs = inputs.float()
    one, two = BiLstm(INPUT, HIDDEN, 1, dropout=1.0), BiLstm(INPUT, HIDDEN, 2, dropout=1.0)
    assert torch.equal(one(inputs, mask), one.eval()(inputs, mask))
    # The second layer reads zeros alone, so its forward direction has the same state at all first words.
    first_words = two(inputs, mask)[:, 0, :HIDDEN]
    assert torch.allclose(first_words[0], first_words[1])
    assert not torch.allclose(*two.eval()(inputs, mask)[:, 0, :HIDDEN])


def test_half_precision() -> None:
    torch.manual_seed(2)
    ours = BiLstm(INPUT, HIDDEN, 2)
    inputs, mask = batch([3, 0, 5])
    expected = ours(inputs.float(), mask)
    with torch.autocast("cpu", torch.bfloat16):
        automatic = ours(inputs.float(), mask)
    automatic.float().sum().backward()
    converted = ours.bfloat16()(inputs.bfloat16(), mask)

    assert converted.dtype == torch.bfloat16
    for found in (automatic, converted):
        assert torch.allclose(found.float(), expected, atol=0.03)


@pytest.mark.filterwarnings("ignore:The tensor attributes")
def test_export_serves_batches_of_other_sizes_and_lengths() -> None:
    ours = BiLstm(INPUT, HIDDEN, 2).eval()
    inputs, mask = batch([3, 2, 5])
    sizes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("n")}
    with torch.no_grad():
        exported = torch.export.export(ours, (inputs.float(), mask), dynamic_shapes=(sizes, sizes), strict=False)
    program = exported.module()
    for lengths in ([4, 7, 0, 7, 1], [2, 3]):
        inputs, mask = batch(lengths)
        assert torch.equal(program(inputs.float(), mask), ours(inputs.float(), mask))


def test_is_an_encoder_of_any_model_whose_input_size_may_be_left_out() -> None:
    section = Params({"type": "skd_bilstm", "hidden_size": HIDDEN, "num_layers": 2, "dropout": 0.3})
    encoder, size = construct_on(INPUT, Lazy(Seq2SeqEncoder, params=section), "encoder")
    assert isinstance(encoder, BiLstm)
    assert (encoder.get_input_dim(), encoder.get_output_dim(), encoder.is_bidirectional()) == (INPUT, 2 * HIDDEN, True)
    assert size == 2 * HIDDEN


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_layers": 0}, "`num_layers` is 0, expected at least 1"),
        ({"dropout": 1.5}, "`dropout` is 1.5, expected a probability from 0 to 1"),
    ],
)
def test_options_out_of_range_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        BiLstm(INPUT, HIDDEN, **options)


def batch(lengths: List[int]) -> Tuple[Tensor, torch.BoolTensor]:
    """Random words of sentences with these lengths, and their mask; one word more than the longest has."""
    lengths_and_more = torch.arange(max(lengths) + (len(lengths) > 1))
    mask = lengths_and_more < torch.tensor(lengths).unsqueeze(1)
    return torch.randn(*mask.shape, INPUT, dtype=torch.float64), mask  # type: ignore[return-value]


def with_packing(lstm: torch.nn.LSTM, inputs: Tensor, mask: Tensor) -> Tensor:
    """The outputs of the sentences that have words, and zeros elsewhere."""
    lengths = mask.sum(1)
    filled = lengths.nonzero().squeeze(1)
    sequence = pack_padded_sequence(inputs[filled], lengths[filled], batch_first=True, enforce_sorted=False)
    outputs, _ = pad_packed_sequence(lstm(sequence)[0], batch_first=True, total_length=mask.shape[1])
    return outputs.new_zeros(*mask.shape, 2 * HIDDEN).index_copy(0, filled, outputs)


def in_order(lstm: torch.nn.LSTM) -> List[Tensor]:
    """The parameters in the order of ours: first those of the forward direction, layer by layer."""
    names = [name for name, _ in lstm.named_parameters()]
    ordered = sorted(names, key=lambda name: name.endswith("_reverse"))
    return [lstm.get_parameter(name) for name in ordered]


def assert_close(found: Tensor, expected: Tensor) -> None:
    assert torch.allclose(found, expected, rtol=0, atol=1e-10)
