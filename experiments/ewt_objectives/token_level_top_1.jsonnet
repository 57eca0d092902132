// MaxEnt ⇒ MaxEnt: the best tags as gold.
(import '../ewt_ner/students.libsonnet').distilled('skd_maxent_tagger', 'maxent', 'top_1')
