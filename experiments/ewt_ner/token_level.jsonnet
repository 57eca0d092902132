// The token-level reference: MaxEnt ⇒ MaxEnt.
(import 'students.libsonnet').distilled('skd_maxent_tagger', 'maxent')
