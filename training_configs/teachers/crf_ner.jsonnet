// The big structured tagger: a BiLSTM-CRF.
(import '../lib/bilstm_tagger.libsonnet')('skd_crf_tagger', 100, 50, 200, 0.5)
