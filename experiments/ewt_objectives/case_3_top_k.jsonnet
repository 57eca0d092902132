// Case 3, MaxEnt ⇒ CRF: the five best taggings as gold.
(import '../ewt_ner/students.libsonnet').distilled('skd_crf_tagger', 'maxent', { type: 'top_k', k: 5 })
