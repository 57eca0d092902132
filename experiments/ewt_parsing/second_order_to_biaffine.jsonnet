// Second order ⇒ small biaffine.
(import 'ewt.libsonnet').biaffine_taught('second_order')
