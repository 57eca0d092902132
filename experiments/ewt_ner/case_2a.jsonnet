// Case 2a: CRF ⇒ MaxEnt.
(import 'students.libsonnet').distilled('skd_maxent_tagger', 'crf')
