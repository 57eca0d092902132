// NER as parsing on a pretrained transformer. Its folder or its name on the hub is the second argument.
(import '../lib/transformer_tagger.libsonnet')('skd_span_ner', 'sentence-transformers/all-MiniLM-L6-v2', 200)
+ { model+: { factorization: 'independent_spans' } }
