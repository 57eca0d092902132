"""Distributions over label sequences."""
