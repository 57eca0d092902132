// A biaffine parser on a pretrained transformer. Its folder or its name on the hub is the second argument.
(import '../lib/transformer_parser.libsonnet')('skd_biaffine_parser', 'sentence-transformers/all-MiniLM-L6-v2', 200)
