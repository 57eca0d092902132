// Case 3: MaxEnt ⇒ CRF.
(import 'students.libsonnet').distilled('skd_crf_tagger', 'maxent')
