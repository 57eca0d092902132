// Case 1a, CRF ⇒ CRF: the student's marginals of tags.
(import '../ewt_ner/students.libsonnet').distilled('skd_crf_tagger', 'crf', 'token_posterior')
