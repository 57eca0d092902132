// A BiLSTM tagger of entities.
function(type, word_dim, character_dim, hidden, dropout)
  (import 'ner_corpus.libsonnet')
  + (import '../../skd_plugin/projects/files/lib/bilstm.libsonnet')(type, word_dim, character_dim, hidden, dropout)
  + { trainer+: { validation_metric: '+f1-measure-overall' } }
