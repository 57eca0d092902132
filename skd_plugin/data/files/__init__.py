"""File formats: lines of text, columns and CoNLL-U, and the errors in them."""
