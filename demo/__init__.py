"""The demo: an invented corpus, and teachers that make a small, fast tagger and a small, fast parser better on it."""
