"""Trained models as spaCy components; spaCy finds the factories by the entry points in setup.py, without an import."""
