// The teacher: a large BiLSTM over words and characters, under a CRF.
(import 'lib/bilstm.libsonnet')('skd_crf_tagger', word_dim=100, character_dim=50, hidden=200, dropout=0.5)
+ (import 'data.libsonnet')
