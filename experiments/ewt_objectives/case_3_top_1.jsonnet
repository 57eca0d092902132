// Case 3, MaxEnt ⇒ CRF: the best tags as gold.
(import '../ewt_ner/students.libsonnet').distilled('skd_crf_tagger', 'maxent', 'top_1')
