"""Tests of the mathematics: every quantity against the enumeration of all structures."""

import pytest

for helpers in ("contracts", "oracles", "samples"):
    pytest.register_assert_rewrite(f"{__name__}.{helpers}")
