"""
Annotating and training on large corpora: memory, bytes, time, and what is left after kills.

    python -m benchmarks.scale --output benchmarks/scale.md

- `corpus`: synthetic text, and labelled sentences in the same words
- `commands`: runs `allennlp` commands, and measures them
"""
