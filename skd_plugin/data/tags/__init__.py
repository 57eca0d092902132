"""Schemes of entity tags: how they are recognized and converted."""
