// The big tagger without structure: the same BiLSTM, a softmax at each word.
(import '../lib/bilstm_tagger.libsonnet')('skd_maxent_tagger', 100, 50, 200, 0.5)
