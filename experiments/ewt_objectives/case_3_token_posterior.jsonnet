// Case 3, MaxEnt ⇒ CRF: the student's marginals of tags.
(import '../ewt_ner/students.libsonnet').distilled('skd_crf_tagger', 'maxent', 'token_posterior')
