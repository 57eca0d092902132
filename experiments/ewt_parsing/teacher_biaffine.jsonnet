// MiniLM + BiLSTM, first order: each word chooses its head. The environment variable TRANSFORMER is the folder of the encoder.
(import '../../training_configs/lib/transformer_parser.libsonnet')('skd_biaffine_parser', std.extVar('TRANSFORMER'), 200)
+ (import 'ewt.libsonnet').labelled
