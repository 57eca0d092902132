// The big tagger without structure: the same BiLSTM, a softmax at each word.
(import '../lib/bilstm_tagger.libsonnet').teacher('skd_maxent_tagger')
