// Case 1b: biaffine ⇒ tagging.
(import 'ewt.libsonnet').tagging_taught('biaffine')
