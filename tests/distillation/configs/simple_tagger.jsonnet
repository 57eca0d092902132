// AllenNLP's own tagger, which gives no distribution over structures.
(import 'tagger.jsonnet') + {
  model: {
    type: 'simple_tagger',
    text_field_embedder: { token_embedders: { tokens: { type: 'embedding', embedding_dim: 8 } } },
    encoder: { type: 'lstm', input_size: 8, hidden_size: 6, bidirectional: true },
  },
  trainer+: { num_epochs: 1 },
}
