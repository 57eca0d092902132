"""The order of batches: each sentence once in a pass, as many batches in each, and the same whoever asks for them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.data.loaders import batch_order
from skd_plugin.data.loaders.batch_order import FileOrder, ShuffledOrder


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(batch_order, "_BLOCK_SIZE", 4)


def lengths(count):
    return np.random.default_rng(count).integers(1, 40, count).astype(np.int32)


def shuffled(count, batch_size=3, num_batches=None, window_size=12, seed=0):
    return ShuffledOrder(lengths(count), batch_size, num_batches or -(-count // batch_size), window_size, seed)


def a_pass(order, number, num_batches):
    return [order.batch(number, batch).tolist() for batch in range(num_batches)]


@given(st.integers(1, 80), st.integers(1, 9), st.integers(1, 50), st.booleans(), st.booleans())
def test_each_sentence_is_in_one_batch(count, batch_size, window_size, is_shuffled, has_extra):
    # The processes with the larger part of the sentences have as many batches as the others.
    has_extra = has_extra and count > 1
    num_batches = -(-(count - has_extra) // batch_size)
    order = (
        ShuffledOrder(lengths(count), batch_size, num_batches, window_size, seed=5)
        if is_shuffled
        else FileOrder(count, batch_size, num_batches)
    )
    for number in range(3):
        batches = a_pass(order, number, num_batches)
        assert sorted(sum(batches, [])) == list(range(count))
        sizes = sorted(map(len, batches))
        assert sizes[0] >= 1 and sizes[-1] <= batch_size + has_extra
        assert sizes[1:-1] == [batch_size] * (num_batches - 2)


def test_the_order_of_the_file():
    assert a_pass(FileOrder(7, 3, 3), 4, 3) == [[0, 1, 2], [3, 4, 5], [6]]
    assert a_pass(FileOrder(7, 3, 2), 4, 2) == [[0, 1, 2], [3, 4, 5, 6]]


def test_each_pass_and_each_seed_has_another_order():
    orders = [a_pass(shuffled(50, seed=seed), number, 17) for seed in range(2) for number in range(2)]
    assert len({str(order) for order in orders}) == 4


def test_any_batch_is_found_without_those_before():
    expected = [
        (number, batch, shuffled(50).batch(number, batch).tolist()) for number in range(3) for batch in range(17)
    ]
    order = shuffled(50)
    for index in np.random.default_rng(3).permutation(len(expected)):
        number, batch, indices = expected[index]
        assert order.batch(number, batch).tolist() == indices


def test_a_window_has_blocks_of_many_places_and_its_batches_are_of_similar_lengths():
    count = 600
    order = shuffled(count, batch_size=4, window_size=200)
    batches = a_pass(order, 0, 150)
    first_window = np.concatenate(batches[:50])
    assert first_window.min() < 100 and first_window.max() > 500
    assert len(set((first_window // 4).tolist())) == 50, "whole blocks"
    spread = [np.ptp(lengths(count)[batch]) for batch in batches]
    assert np.mean(spread) < 0.4 * np.mean([np.ptp(some) for some in lengths(count).reshape(-1, 4)])
    means = [lengths(count)[batch].mean() for batch in batches[:50]]
    assert abs(np.corrcoef(means, range(50))[0, 1]) < 0.5, "batches are shuffled"


def test_padding_noise():
    """Sentences of one length are in other batches in each pass, and a little longer ones may be before them."""
    same = ShuffledOrder(np.full(40, 7), 4, 10, 40, seed=1)
    assert {tuple(sorted(batch)) for batch in a_pass(same, 0, 10)} != {tuple(sorted(b)) for b in a_pass(same, 1, 10)}


def test_the_blocks_of_a_window_are_read_ahead_once():
    order = shuffled(50)
    ahead = [order.sentences_ahead(1, batch) for batch in range(17)]
    assert sorted(index for blocks in ahead for block in blocks for index in block) == list(range(50))
    assert sum(map(bool, ahead)) == 4, "a block has 6 sentences, and a window 2 of the 8 blocks"
    assert FileOrder(7, 3, 3).sentences_ahead(0, 0) == []


def test_a_batch_that_is_not_there():
    with pytest.raises(IndexError, match="batch 17 of a pass of 17"):
        shuffled(50).batch(0, 17)
