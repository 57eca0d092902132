// The teacher: a biaffine parser over words and characters. It knows a word by its affixes, and each word chooses its head.
(import '../../training_configs/lib/bilstm_parser.libsonnet')('skd_biaffine_parser', 50, 48, 64, 0.33)
+ (import '../lib/affixes.libsonnet')
+ {
  model+: { arc_dim: 64, relation_dim: 32 },
  trainer+: { num_epochs: 14, optimizer+: { lr: 0.01 }, learning_rate_scheduler+: { warmup: 0.08 } },
}
