// For students: small vectors of the features of words, under a BiLSTM of 16 units in each direction.
function(type)
  (import '../../skd_plugin/projects/files/lib/bilstm.libsonnet')(type, hidden=16, dropout=0.15)
  + { model+: { text_field_embedder+: { token_embedders+: { words+: { word_dim: 32, feature_dim: 8, output_dim: 32 } } } } }
