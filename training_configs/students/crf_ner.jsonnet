// The same small tagger with a CRF.
(import '../lib/bilstm_tagger.libsonnet')('skd_crf_tagger', 50, 30, 64, 0.4)
