// For students: a convolution of word vectors, without characters; each layer adds `width` − 1 words on each side.
function(type, dim, layers, width, dropout) {
  dataset_reader+: { token_indexers: { words: { type: 'single_id', namespace: 'words' } } },
  // A word seen once stands for all unknown words.
  vocabulary: { min_count: { words: 2 } },
  model+: {
    type: type,
    text_field_embedder: {
      token_embedders: { words: { type: 'embedding', vocab_namespace: 'words', embedding_dim: dim } },
    },
    encoder: { type: 'gated-cnn-encoder', layers: std.repeat([[[width, dim]]], layers) },
    dropout: dropout,
  },
  data_loader: { batch_sampler: { type: 'bucket', batch_size: 16 } },
  trainer: {
    num_epochs: 30,
    optimizer: { type: 'adam', lr: 6e-3 },
    learning_rate_scheduler: { type: 'skd_linear_with_warmup', warmup: 0.035 },
    grad_norm: 5.0,
  },
}
