// Where the trees are, how they are read, and which metric says which epoch was the best.
// The default is the corpus that `make demo` writes.
(import 'ner_corpus.libsonnet') + {
  dataset_reader: { type: 'skd_dependencies', on_unknown_label: 'accept' },
  trainer+: { validation_metric: '+LAS' },
}
