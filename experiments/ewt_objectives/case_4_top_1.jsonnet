// Case 4, spans ⇒ MaxEnt: the best tags as gold.
(import '../ewt_ner/students.libsonnet').distilled('skd_maxent_tagger', 'span', 'top_1')
