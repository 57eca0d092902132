// Top-1: the CRF teacher's best tags as if they were gold.
(import 'students.libsonnet').top_1('skd_maxent_tagger', 'crf')
