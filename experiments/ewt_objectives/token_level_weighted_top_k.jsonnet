// MaxEnt ⇒ MaxEnt: the five best taggings, weighted by their probabilities.
(import '../ewt_ner/students.libsonnet').distilled('skd_maxent_tagger', 'maxent', { type: 'weighted_top_k', k: 5 })
