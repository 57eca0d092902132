// Case 1a, CRF ⇒ CRF: the best tags as gold.
(import '../ewt_ner/students.libsonnet').distilled('skd_crf_tagger', 'crf', 'top_1')
