"""A trained model as a component runs it, without spaCy."""
