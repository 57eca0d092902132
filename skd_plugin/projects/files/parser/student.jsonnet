// The student, trained alone: a small BiLSTM, and small biaffine scores, by which each word chooses its head.
// `vectors` names a file of static vectors of words, which `allennlp skd-vectors` makes; null is none.
(import 'lib/parser.libsonnet').student('skd_biaffine_parser', vectors='VECTORS')
+ { model+: { arc_dim: 100, relation_dim: 30 } }
+ (import 'data.libsonnet')
