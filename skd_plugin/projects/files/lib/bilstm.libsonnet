// Words and characters, a BiLSTM over them, and how it is trained; `hidden` is the size of each direction.
function(type, word_dim, character_dim, hidden, dropout, layers=1)
  (import 'words_and_characters.libsonnet')(word_dim, character_dim)
  + {
    model+: {
      type: type,
      encoder: {
        type: 'lstm',
        hidden_size: hidden,
        num_layers: layers,
        [if layers > 1 then 'dropout']: dropout,
        bidirectional: true,
      },
      dropout: dropout,
    },
    data_loader: { batch_sampler: { type: 'bucket', batch_size: 16 } },
    trainer: {
      num_epochs: 15,
      optimizer: { type: 'adam', lr: 4e-3 },
      learning_rate_scheduler: { type: 'skd_linear_with_warmup', warmup: 0.04 },
      grad_norm: 5.0,
    },
  }
