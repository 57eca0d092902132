"""Tests of the objectives of the distiller."""
