// The teacher: a large BiLSTM under a CRF.
(import 'lib/tagger.libsonnet').teacher('skd_crf_tagger')
+ (import 'data.libsonnet')
