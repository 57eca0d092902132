"""The comparison of trained models on one file."""
