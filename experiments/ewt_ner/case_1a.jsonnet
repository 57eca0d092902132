// Case 1a: CRF ⇒ CRF.
(import 'students.libsonnet').distilled('skd_crf_tagger', 'crf')
