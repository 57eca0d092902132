(import 'maxent_ner.jsonnet') + {
  model+: { type: 'skd_crf_tagger' },
}
