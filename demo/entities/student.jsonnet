// The student: a softmax on a small BiLSTM.
(import '../../training_configs/lib/ner_corpus.libsonnet')
+ (import '../lib/small.libsonnet')('skd_maxent_tagger', hidden=8)
+ (import '../lib/few_sentences.libsonnet')(epochs=40, lr=6e-3)
