"""AllenNLP fields of this plugin's own."""
