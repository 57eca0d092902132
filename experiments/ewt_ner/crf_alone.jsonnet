// The CRF student, on labelled sentences alone.
(import 'students.libsonnet').alone('skd_crf_tagger')
