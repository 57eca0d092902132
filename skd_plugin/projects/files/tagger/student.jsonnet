// The student, trained alone: a small BiLSTM over words and characters, and a softmax at each word.
(import 'lib/bilstm.libsonnet')('skd_maxent_tagger', word_dim=50, character_dim=30, hidden=64, dropout=0.4)
+ (import 'data.libsonnet')
