"""Dynamic programs over chains of labels."""
