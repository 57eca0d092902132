// The student, trained alone: a small BiLSTM, and a softmax at each word.
// `vectors` names a file of static vectors of words, which `allennlp skd-vectors` makes; null is none.
(import 'lib/tagger.libsonnet').student('skd_maxent_tagger', vectors='VECTORS')
+ (import 'data.libsonnet')
