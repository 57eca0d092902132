// MaxEnt ⇒ MaxEnt: the five best taggings as gold.
(import '../ewt_ner/students.libsonnet').distilled('skd_maxent_tagger', 'maxent', { type: 'top_k', k: 5 })
