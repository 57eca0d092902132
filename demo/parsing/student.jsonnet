// The student: a tagger whose labels say where a word's head is. It sees no characters, and eight words on each side.
(import '../../training_configs/lib/tree_corpus.libsonnet')
+ (import '../../training_configs/lib/arc_labels.libsonnet')('relative_offset')
+ (import '../lib/convolution.libsonnet')('skd_tagging_parser', dim=32, layers=2, width=5, dropout=0.4)
+ { trainer+: { optimizer+: { lr: 0.01 }, validation_metric: '+LAS' } }
