"""Distributions over dependency trees."""
