// The big parser: biaffine arc scores, each word chooses its head.
(import '../lib/bilstm_parser.libsonnet')('skd_biaffine_parser', 100, 50, 200, 0.33)
