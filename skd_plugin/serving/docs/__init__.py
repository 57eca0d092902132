"""Reading spaCy's docs and writing to them, without any model."""
