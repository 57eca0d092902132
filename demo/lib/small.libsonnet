// For students: small vectors of the features of words, under a BiLSTM of `hidden` units in each direction.
function(type, hidden)
  (import '../../skd_plugin/projects/files/lib/bilstm.libsonnet')(type, hidden, dropout=0.15)
  + {
    model+: {
      text_field_embedder+: {
        token_embedders+: { words+: { word_dim: 2 * hidden, feature_dim: 8, output_dim: 2 * hidden } },
      },
    },
  }
