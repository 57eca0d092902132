// A BiLSTM, first order, a distribution over all trees: 29 0f these sentences are non-projective.
(import '../../training_configs/teachers/tree_crf.jsonnet') + (import 'lassy.libsonnet').labelled
