// Case 1a, CRF ⇒ CRF: scores of tag pairs.
(import '../ewt_ner/students.libsonnet').distilled('skd_crf_tagger', 'crf', 'local_substructure')
