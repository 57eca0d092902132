// The student: a biaffine parser with small scores, on a small BiLSTM.
(import '../../training_configs/lib/tree_corpus.libsonnet')
+ (import '../lib/small.libsonnet')('skd_biaffine_parser', hidden=16)
+ (import '../lib/few_sentences.libsonnet')(epochs=40, lr=0.01)
+ { model+: { arc_dim: 16, relation_dim: 8 } }
