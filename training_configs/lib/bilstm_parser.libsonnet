// A BiLSTM parser; words are often far from their heads, so it has two layers.
function(type, word_dim, character_dim, hidden, dropout)
  (import 'tree_corpus.libsonnet')
  + (import '../../skd_plugin/projects/files/lib/bilstm.libsonnet')(type, word_dim, character_dim, hidden, dropout, layers=2)
  + { trainer+: { optimizer+: { lr: 2e-3 }, validation_metric: '+LAS' } }
