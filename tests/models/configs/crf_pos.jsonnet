(import 'crf_ner.jsonnet') + {
  dataset_reader: { type: 'skd_conllu', tags: 'upos', label_namespace: 'upos_tags' },
  train_data_path: 'fixtures/trees.conllu',
  validation_data_path: 'fixtures/trees.conllu',
  model+: {
    label_namespace: 'upos_tags',
    encoder:: null,
    feedforward: { input_dim: 5, num_layers: 1, hidden_dims: 4, activations: 'tanh' },
  },
  trainer+: { validation_metric: '+accuracy' },
}
