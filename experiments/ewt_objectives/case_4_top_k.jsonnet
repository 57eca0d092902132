// Case 4, spans ⇒ MaxEnt: the five best taggings as gold.
(import '../ewt_ner/students.libsonnet').distilled('skd_maxent_tagger', 'span', { type: 'top_k', k: 5 })
