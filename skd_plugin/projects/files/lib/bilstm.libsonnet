// The features of words, a BiLSTM over them, and how it is trained; `hidden` is the size of each direction.
function(type, hidden, dropout, layers=1, vectors=null)
  (import 'word_features.libsonnet')(vectors)
  + {
    model+: {
      type: type,
      encoder: {
        type: 'skd_bilstm',
        hidden_size: hidden,
        num_layers: layers,
        [if layers > 1 then 'dropout']: dropout,
      },
      dropout: dropout,
    },
    data_loader: { batch_sampler: { type: 'bucket', batch_size: 32 } },
    trainer+: {
      num_epochs: 30,
      optimizer: { type: 'adam', lr: 4e-3 },
      learning_rate_scheduler: { type: 'skd_linear_with_warmup', warmup: 0.04 },
      grad_norm: 5.0,
    },
  }
