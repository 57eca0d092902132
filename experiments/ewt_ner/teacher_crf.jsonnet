// MiniLM + BiLSTM + CRF; the environment variable TRANSFORMER is the folder of the encoder.
(import '../../training_configs/lib/transformer_tagger.libsonnet')('skd_crf_tagger', std.extVar('TRANSFORMER'), 200)
+ (import 'ewt.libsonnet').labelled
