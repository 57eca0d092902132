// A BiLSTM tagger of entities.
function(type, word_dim, character_dim, hidden, dropout)
  (import 'ner_corpus.libsonnet')
  + (import 'bilstm.libsonnet')(type, word_dim, character_dim, hidden, dropout)
  + { trainer+: { validation_metric: '+f1-measure-overall' } }
