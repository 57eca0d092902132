// Case 1a, CRF ⇒ CRF: the five best taggings as gold.
(import '../ewt_ner/students.libsonnet').distilled('skd_crf_tagger', 'crf', { type: 'top_k', k: 5 })
