// The softmax student, on labelled sentences alone.
(import 'students.libsonnet').alone('skd_maxent_tagger')
