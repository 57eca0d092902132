// Parsing as sequence labelling, as in the paper: the label of a word says where its head is.
(import '../lib/bilstm_parser.libsonnet').student('skd_tagging_parser')
+ (import '../lib/arc_labels.libsonnet')('relative_offset')
