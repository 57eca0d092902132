// A small, fast softmax tagger. Trained alone it is the baseline; the cases add a teacher.
(import '../lib/bilstm_tagger.libsonnet')('skd_maxent_tagger', 50, 30, 64, 0.4)
