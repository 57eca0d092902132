"""Wheels of a pipeline and of what it needs, so that it can be installed where none of it is."""
