"""Taggers, models of entities that output tags, and their metrics."""
