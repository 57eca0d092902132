// The big structured tagger: a BiLSTM-CRF.
(import '../lib/bilstm_tagger.libsonnet').teacher('skd_crf_tagger')
