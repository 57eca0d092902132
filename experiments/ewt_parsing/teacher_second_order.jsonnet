// MiniLM + BiLSTM, second order by mean field. The environment variable TRANSFORMER is the folder of the encoder.
(import '../../training_configs/lib/transformer_parser.libsonnet')('skd_second_order_parser', std.extVar('TRANSFORMER'), 200)
+ (import 'ewt.libsonnet').labelled
