// A tiny tagger that trains alone.
{
  dataset_reader: {
    type: 'skd_conll_ner',
    token_indexers: { tokens: { type: 'single_id', lowercase_tokens: true } },
  },
  datasets_for_vocab_creation: ['train'],
  train_data_path: { labelled: 'fixtures/ner.conll' },
  validation_data_path: 'fixtures/ner_dev.conll',
  model: {
    type: 'skd_maxent_tagger',
    text_field_embedder: { token_embedders: { tokens: { type: 'embedding', embedding_dim: 8 } } },
    encoder: { type: 'lstm', input_size: 8, hidden_size: 6, bidirectional: true },
    dropout: 0.3,
  },
  data_loader: { batch_sampler: { type: 'bucket', batch_size: 4 } },
  trainer: {
    num_epochs: 3,
    cuda_device: -1,
    optimizer: { type: 'adam', lr: 0.02 },
    learning_rate_scheduler: { type: 'linear_with_warmup', warmup_steps: 3 },
    run_confidence_checks: false,
  },
}
