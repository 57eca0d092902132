"""Tests of the additions to AllenNLP's training loop, on tiny models that are really trained."""
