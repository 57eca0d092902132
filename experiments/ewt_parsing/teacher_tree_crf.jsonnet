// MiniLM + BiLSTM, first order, a distribution over trees. The environment variable TRANSFORMER is the folder of the encoder.
(import '../../training_configs/lib/transformer_parser.libsonnet')('skd_biaffine_parser', std.extVar('TRANSFORMER'), 200)
+ (import 'ewt.libsonnet').labelled
+ { model+: { factorization: 'non_projective_tree' } }
