// The student: a softmax over a narrow convolution of word vectors. It sees no characters, and two words on each side.
(import '../training_configs/lib/ner_corpus.libsonnet')
+ (import 'words_seen_twice.libsonnet')
+ {
  local dim = 16,
  dataset_reader+: { token_indexers: { words: { type: 'single_id', namespace: 'words' } } },
  model: {
    type: 'skd_maxent_tagger',
    text_field_embedder: {
      token_embedders: { words: { type: 'embedding', vocab_namespace: 'words', embedding_dim: dim } },
    },
    encoder: { type: 'gated-cnn-encoder', input_dim: dim, layers: [[[3, dim]]] },
    dropout: 0.3,
  },
  data_loader: { batch_sampler: { type: 'bucket', batch_size: 16 } },
  trainer: {
    num_epochs: 30,
    optimizer: { type: 'adam', lr: 6e-3 },
    learning_rate_scheduler: { type: 'linear_with_warmup', warmup_steps: 50 },
    grad_norm: 5.0,
    validation_metric: '+f1-measure-overall',
  },
}
