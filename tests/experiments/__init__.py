"""Tests of what the experiments measure with."""
