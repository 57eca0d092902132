"""Taggers, and models of entities whose output is tags."""
