// The big parser: biaffine arc scores, each word chooses its head.
(import '../lib/bilstm_parser.libsonnet').teacher('skd_biaffine_parser')
