"""AllenNLP fields that this plugin adds."""
