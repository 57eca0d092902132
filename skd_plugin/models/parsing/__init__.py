"""Dependency parsers, and their metrics."""
