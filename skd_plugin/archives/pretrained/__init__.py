"""The files of pretrained transformers that a saved model contains."""
