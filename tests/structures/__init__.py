"""Tests of the mathematics: every quantity against the enumeration of all structures."""

import pytest

CONTRACTS = ("contract", "contract_gradients", "contract_inputs", "contract_labeling", "contract_parsing")
for helper in (*CONTRACTS, "exact_parts", "pairs", "samples"):
    pytest.register_assert_rewrite(f"{__name__}.{helper}")
