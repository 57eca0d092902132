"""Trained models as spaCy components. spaCy finds the factories through the entry points in pyproject.toml."""
