"""The formats of files: lines, columns, CoNLL-U, and what is wrong with a file."""
