// The teacher: a biaffine parser on a BiLSTM of two layers, of 64 units in each direction.
(import '../../training_configs/lib/tree_corpus.libsonnet')
+ (import '../../skd_plugin/projects/files/lib/bilstm.libsonnet')('skd_biaffine_parser', hidden=64, dropout=0.33, layers=2)
+ (import '../lib/few_sentences.libsonnet')(epochs=20, lr=0.01)
+ { model+: { arc_dim: 64, relation_dim: 32 } }
