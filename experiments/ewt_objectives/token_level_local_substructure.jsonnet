// MaxEnt ⇒ MaxEnt: scores of tags.
(import '../ewt_ner/students.libsonnet').distilled('skd_maxent_tagger', 'maxent', 'local_substructure')
