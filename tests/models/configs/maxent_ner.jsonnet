{
  dataset_reader: { type: 'skd_conll_ner' },
  datasets_for_vocab_creation: ['train'],
  train_data_path: { labelled: 'fixtures/ner.conll', unlabelled: 'fixtures/unlabelled.txt' },
  validation_data_path: 'fixtures/ner.conll',
  model: {
    type: 'skd_maxent_tagger',
    text_field_embedder: { token_embedders: { tokens: { type: 'embedding', embedding_dim: 5 } } },
    encoder: { type: 'lstm', input_size: 5, hidden_size: 4, bidirectional: true },
    dropout: 0.1,
  },
  data_loader: { batch_size: 4, shuffle: true },
  trainer: { optimizer: 'adam', num_epochs: 1, cuda_device: -1, validation_metric: '+f1-measure-overall' },
}
