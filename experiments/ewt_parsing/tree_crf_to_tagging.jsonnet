// Tree CRF ⇒ tagging.
(import 'ewt.libsonnet').tagging_taught('tree_crf')
