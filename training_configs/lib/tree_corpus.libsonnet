// Where the trees are, and how they are read. The default is the corpus that `make demo` writes.
(import 'ner_corpus.libsonnet') + { dataset_reader: { type: 'skd_dependencies', on_unknown_label: 'accept' } }
