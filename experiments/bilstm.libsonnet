// Features of words and static vectors, a BiLSTM over them, and how it is trained; `hidden` is the size of each direction.
function(type, hidden, dropout, layers=1, vectors=null)
  {
    dataset_reader+: { token_indexers: { words: { type: 'skd_word_features' } } },
    // Words and affixes seen once train the vectors of unknown ones.
    vocabulary: { min_count: { words: 2, prefixes_3: 2, suffixes_2: 2, suffixes_3: 2, shapes: 2 } },
    model+: {
      type: type,
      text_field_embedder: {
        token_embedders: {
          words: {
            type: 'skd_word_features',
            [if vectors != null then 'vectors']: { pretrained_file: vectors },
          },
        },
      },
      encoder: {
        type: 'skd_bilstm',
        hidden_size: hidden,
        num_layers: layers,
        [if layers > 1 then 'dropout']: dropout,
      },
      dropout: dropout,
    },
    data_loader: { batch_sampler: { type: 'bucket', batch_size: 32 } },
    trainer: {
      optimizer: { type: 'adam', lr: 3e-3 },
      learning_rate_scheduler: { type: 'skd_linear_with_warmup', warmup: 0.04 },
      grad_norm: 5.0,
    },
  }
