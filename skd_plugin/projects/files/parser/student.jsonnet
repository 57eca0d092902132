// The student, trained alone: as small and fast as a tagger. The label of a word says where its head is.
(import 'lib/bilstm.libsonnet')('skd_tagging_parser', word_dim=50, character_dim=30, hidden=100, dropout=0.33, layers=2)
+ { trainer+: { optimizer+: { lr: 2e-3 } } }
+ (import 'data.libsonnet')
// The reader counts the labels, and the model scores them.
+ { dataset_reader+: { encoding: 'relative_offset' }, model+: { encoding: 'relative_offset' } }
