(import 'biaffine_parser.jsonnet') + {
  dataset_reader+: { encoding: 'relative_pos', token_indexers: {
    tokens: { type: 'single_id' },
    upos: { type: 'single_id', feature_name: 'pos_', namespace: 'upos', default_value: '_' },
  } },
  train_data_path: 'fixtures/trees.conllu',
  model+: {
    type: 'skd_tagging_parser',
    encoding: 'relative_pos',
    arc_dim:: null,
    relation_dim:: null,
    text_field_embedder: { token_embedders: {
      tokens: { type: 'embedding', embedding_dim: 3 },
      upos: { type: 'embedding', embedding_dim: 2, vocab_namespace: 'upos' },
    } },
  },
}
