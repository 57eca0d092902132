// MiniLM + BiLSTM + MaxEnt; the environment variable TRANSFORMER is the folder of the encoder.
(import '../../training_configs/lib/transformer_tagger.libsonnet')('skd_maxent_tagger', std.extVar('TRANSFORMER'), 200)
+ (import 'wnut.libsonnet').labelled
