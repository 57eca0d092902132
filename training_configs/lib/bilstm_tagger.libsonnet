// A BiLSTM over words and characters; `hidden` is the size of each direction.
function(type, word_dim, character_dim, hidden, dropout)
  (import 'ner_corpus.libsonnet')
  + (import 'words_and_characters.libsonnet')(word_dim, character_dim)
  + {
    model+: {
      type: type,
      encoder: { type: 'lstm', input_size: word_dim + character_dim, hidden_size: hidden, bidirectional: true },
      dropout: dropout,
    },
    data_loader: { batch_sampler: { type: 'bucket', batch_size: 16 } },
    trainer: {
      num_epochs: 15,
      optimizer: { type: 'adam', lr: 4e-3 },
      learning_rate_scheduler: { type: 'linear_with_warmup', warmup_steps: 100 },
      grad_norm: 5.0,
      validation_metric: '+f1-measure-overall',
    },
  }
