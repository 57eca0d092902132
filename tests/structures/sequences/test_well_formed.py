"""Well-formed tags of a batch, against the grammar of BIOUL tags."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from skd_plugin.structures.sequences.bioul import well_formed
from tests.structures.oracles.brute_force import is_well_formed
from tests.structures.samples.strategies import bioul_labels, deterministic


@deterministic
@given(data=st.data())
def test_as_the_grammar_says(data):
    labels = data.draw(bioul_labels())
    rows = data.draw(st.lists(st.lists(st.integers(0, len(labels) - 1), max_size=4), min_size=1, max_size=4))
    n = max(1, max(map(len, rows)))
    ids = torch.tensor([[*row, *[0] * (n - len(row))] for row in rows])
    mask = torch.arange(n) < torch.tensor([[len(row)] for row in rows])
    expected = [is_well_formed([labels[k] for k in row]) for row in rows]
    assert well_formed(ids, mask, labels).tolist() == expected
