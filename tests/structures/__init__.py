"""Tests of the mathematics: every quantity against the enumeration of all label sequences."""

import pytest

for helper in ("contract", "contract_gradients", "contract_inputs", "pairs", "samples"):
    pytest.register_assert_rewrite(f"{__name__}.{helper}")
