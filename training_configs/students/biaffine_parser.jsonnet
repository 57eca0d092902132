// A small biaffine parser.
(import '../lib/bilstm_parser.libsonnet')('skd_biaffine_parser', 50, 30, 64, 0.33)
+ { model+: { arc_dim: 100, relation_dim: 30 } }
