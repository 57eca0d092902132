"""Structural zeros: the potential of what must not be."""

# e to this power is 0, but its product with 0 is 0: no −∞ ever meets one.
FORBIDDEN = -1e9
