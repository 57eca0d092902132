// Case 1b: biaffine ⇒ tagging.
(import 'lassy.libsonnet').tagging_taught('biaffine')
