// The teacher: a BiLSTM-CRF over words and characters. It knows a word by its affixes, and a tag by its neighbours.
(import '../../training_configs/lib/bilstm_tagger.libsonnet')('skd_crf_tagger', 50, 48, 64, 0.4)
+ (import '../lib/affixes.libsonnet')
+ { trainer+: { num_epochs: 12, optimizer+: { lr: 0.01 }, learning_rate_scheduler+: { warmup: 0.08 } } }
