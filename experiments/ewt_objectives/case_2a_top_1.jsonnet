// Case 2a, CRF ⇒ MaxEnt: the best tags as gold.
(import '../ewt_ner/students.libsonnet').distilled('skd_maxent_tagger', 'crf', 'top_1')
