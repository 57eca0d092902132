"""From and to spaCy's docs, without any model."""
