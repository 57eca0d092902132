// The teacher: a pretrained transformer, which is trained on, under a BiLSTM and biaffine scores.
// The transformer is a folder, or a name on the hub.
(import 'lib/transformer.libsonnet')('skd_biaffine_parser', 'TRANSFORMER', hidden=200)
+ (import 'data.libsonnet')
