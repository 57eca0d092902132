// Case 3, MaxEnt ⇒ CRF: the five best taggings, weighted by their probabilities.
(import '../ewt_ner/students.libsonnet').distilled('skd_crf_tagger', 'maxent', { type: 'weighted_top_k', k: 5 })
