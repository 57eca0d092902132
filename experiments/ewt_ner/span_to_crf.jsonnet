// NER as parsing ⇒ CRF.
(import 'students.libsonnet').distilled('skd_crf_tagger', 'span')
