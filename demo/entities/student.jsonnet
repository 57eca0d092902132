// The student: a softmax over a narrow convolution of word vectors. It sees no characters, and two words on each side.
(import '../../training_configs/lib/ner_corpus.libsonnet')
+ (import '../lib/convolution.libsonnet')('skd_maxent_tagger', dim=16, layers=1, width=3, dropout=0.3)
+ { trainer+: { validation_metric: '+f1-measure-overall' } }
