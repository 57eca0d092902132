"""Schemes of entity tags, how they are recognized, and how they are converted."""
