// The teacher: a pretrained transformer, which is trained on, under a BiLSTM and a CRF.
// The transformer is a folder, or a name on the hub.
(import 'lib/transformer.libsonnet')('skd_crf_tagger', 'TRANSFORMER', hidden=200)
+ (import 'data.libsonnet')
