// NER as parsing: a big BiLSTM under scores of spans, each span by itself.
(import '../lib/bilstm_tagger.libsonnet').teacher('skd_span_ner')
+ { model+: { factorization: 'independent_spans' } }
