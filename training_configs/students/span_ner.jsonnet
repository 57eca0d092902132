// The same small encoder under scores of spans: an exact distribution over entities in place of tags.
(import '../lib/bilstm_tagger.libsonnet').student('skd_span_ner')
