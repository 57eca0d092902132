// The teacher: a large BiLSTM, and biaffine scores, by which each word chooses its head.
(import 'lib/parser.libsonnet').teacher('skd_biaffine_parser')
+ (import 'data.libsonnet')
