// The teacher: a large BiLSTM over words and characters, and biaffine scores, by which each word chooses its head.
(import 'lib/bilstm.libsonnet')('skd_biaffine_parser', word_dim=100, character_dim=50, hidden=200, dropout=0.33, layers=2)
+ { trainer+: { optimizer+: { lr: 2e-3 } } }
+ (import 'data.libsonnet')
