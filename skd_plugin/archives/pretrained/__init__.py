"""The files of a pretrained transformer that a saved model carries."""
