"""The spaCy components and their factories."""
