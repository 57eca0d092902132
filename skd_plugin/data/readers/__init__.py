"""The dataset readers, one per kind of file."""
