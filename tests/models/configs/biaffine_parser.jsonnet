{
  dataset_reader: { type: 'skd_dependencies' },
  datasets_for_vocab_creation: ['train'],
  train_data_path: { labelled: 'fixtures/trees.conllu', unlabelled: 'fixtures/unlabelled.txt' },
  validation_data_path: 'fixtures/trees.conllu',
  model: {
    type: 'skd_biaffine_parser',
    text_field_embedder: { token_embedders: { tokens: { type: 'embedding', embedding_dim: 5 } } },
    encoder: { type: 'lstm', input_size: 5, hidden_size: 4, bidirectional: true },
    dropout: 0.1,
    arc_dim: 4,
    relation_dim: 3,
  },
  data_loader: { batch_size: 4, shuffle: true },
  trainer: { optimizer: 'adam', num_epochs: 1, cuda_device: -1, validation_metric: '+LAS' },
}
