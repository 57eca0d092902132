"""Dynamic programs over sets of spans that share no word."""
