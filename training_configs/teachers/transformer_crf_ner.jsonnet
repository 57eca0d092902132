// A CRF on a pretrained transformer. Its folder or its name on the hub is the second argument.
(import '../lib/transformer_tagger.libsonnet')('skd_crf_tagger', 'sentence-transformers/all-MiniLM-L6-v2', 200)
