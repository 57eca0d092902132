// Case 2b: second order ⇒ tagging.
(import 'ewt.libsonnet').tagging_taught('second_order')
