"""Distributions over sets of labelled spans."""
