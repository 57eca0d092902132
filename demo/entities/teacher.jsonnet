// The teacher: a CRF on a BiLSTM of 64 units in each direction. It knows a tag by its neighbours.
(import '../../training_configs/lib/ner_corpus.libsonnet')
+ (import '../../skd_plugin/projects/files/lib/bilstm.libsonnet')('skd_crf_tagger', hidden=64, dropout=0.33)
+ (import '../lib/few_sentences.libsonnet')(epochs=12, lr=6e-3)
