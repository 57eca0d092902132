// A parser as small and fast as a tagger: the label of a word says where its head is.
(import '../lib/bilstm_parser.libsonnet')('skd_tagging_parser', 50, 30, 100, 0.33)
+ (import '../lib/arc_labels.libsonnet')('relative_offset')
