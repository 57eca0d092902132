// A pretrained transformer under a BiLSTM: the name of a model on the hub, or the path of its folder.
function(type, transformer, hidden)
  {
    dataset_reader+: {
      token_indexers: { words: { type: 'pretrained_transformer_mismatched', model_name: transformer } },
    },
    model: {
      type: type,
      text_field_embedder: {
        token_embedders: {
          words: { type: 'pretrained_transformer_mismatched', model_name: transformer, max_length: 256 },
        },
      },
      encoder: { type: 'skd_bilstm', hidden_size: hidden },
      dropout: 0.2,
    },
    data_loader: { batch_sampler: { type: 'bucket', batch_size: 16 } },
    trainer+: {
      num_epochs: 4,
      optimizer: {
        type: 'huggingface_adamw',
        lr: 1e-3,
        parameter_groups: [[['text_field_embedder'], { lr: 1e-4 }]],
      },
      learning_rate_scheduler: { type: 'skd_linear_with_warmup', warmup: 0.1 },
      grad_norm: 5.0,
    },
  }
