(import 'maxent_ner.jsonnet') + {
  model+: { type: 'skd_span_ner', span_dim: 4 },
}
