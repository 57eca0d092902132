// The same tagger with text that has no labels and a teacher, whose archive the test names.
(import 'tagger.jsonnet') + {
  train_data_path+: { unlabelled: 'fixtures/unlabelled.txt' },
  trainer+: { callbacks: [{ type: 'skd_distiller', teachers: [{ archive: 'no/model.tar.gz' }] }] },
}
