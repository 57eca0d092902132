// Case 2a, CRF ⇒ MaxEnt: the five best taggings as gold.
(import '../ewt_ner/students.libsonnet').distilled('skd_maxent_tagger', 'crf', { type: 'top_k', k: 5 })
