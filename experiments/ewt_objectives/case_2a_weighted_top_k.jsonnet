// Case 2a, CRF ⇒ MaxEnt: the five best taggings, weighted by their probabilities.
(import '../ewt_ner/students.libsonnet').distilled('skd_maxent_tagger', 'crf', { type: 'weighted_top_k', k: 5 })
