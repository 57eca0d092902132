// A tagging parser with text that has no trees and a teacher, whose archive the test names.
(import 'parser.jsonnet') + {
  train_data_path+: { unlabelled: 'fixtures/unlabelled.txt' },
  model+: { type: 'skd_tagging_parser' },
  trainer+: { callbacks: [{ type: 'skd_distiller', teachers: [{ archive: 'no/model.tar.gz' }] }] },
}
