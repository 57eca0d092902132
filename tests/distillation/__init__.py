"""Tests of the distiller, on tiny models that are really trained."""
