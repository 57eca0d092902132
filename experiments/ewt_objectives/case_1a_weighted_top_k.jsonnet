// Case 1a, CRF ⇒ CRF: the five best taggings, weighted by their probabilities.
(import '../ewt_ner/students.libsonnet').distilled('skd_crf_tagger', 'crf', { type: 'weighted_top_k', k: 5 })
