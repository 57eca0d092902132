// The same small tagger with a CRF. It takes static vectors as maxent_ner.jsonnet does.
(import '../lib/bilstm_tagger.libsonnet').student('skd_crf_tagger')
