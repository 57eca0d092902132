// A tiny parser that trains alone.
(import 'tagger.jsonnet') + {
  dataset_reader+: { type: 'skd_dependencies', encoding: 'relative_offset' },
  train_data_path: { labelled: 'fixtures/trees.conllu' },
  validation_data_path: 'fixtures/trees.conllu',
  model+: { type: 'skd_biaffine_parser' },
}
