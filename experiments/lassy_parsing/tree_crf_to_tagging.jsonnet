// Tree CRF ⇒ tagging.
(import 'lassy.libsonnet').tagging_taught('tree_crf')
