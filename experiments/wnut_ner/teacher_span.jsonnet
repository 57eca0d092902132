// MiniLM + BiLSTM + spans scored one by one (NER as parsing); the environment variable TRANSFORMER is the folder of the encoder.
(import '../../training_configs/lib/transformer_tagger.libsonnet')('skd_span_ner', std.extVar('TRANSFORMER'), 200)
+ (import 'wnut.libsonnet').labelled
+ { model+: { factorization: 'independent_spans' } }
