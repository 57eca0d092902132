// NER as parsing: a big BiLSTM under scores of spans, each span by itself.
(import '../lib/bilstm_tagger.libsonnet')('skd_span_ner', 100, 50, 200, 0.5)
+ { model+: { factorization: 'independent_spans' } }
